import { type Detection, draw, type SegmentResult } from 'maskrcnn-web';
import { type PointerEvent, useEffect, useRef } from 'react';

interface Props {
  image: ImageBitmap;
  result: SegmentResult;
  /** The object that stands out. */
  highlight?: Detection;
  /** Called with the object under the pointer, if there is one. */
  onPoint(detection: Detection | undefined): void;
}

/** An image with its objects drawn over it. */
export function ObjectsCanvas({ image, result, highlight, onPoint }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    if (canvas.current) draw(canvas.current, image, result, { highlight, showLabels: false, showScores: false });
  }, [image, result, highlight]);

  const point = ({ nativeEvent: { offsetX, offsetY }, currentTarget }: PointerEvent) => {
    // The canvas may be shown smaller or larger than it is.
    const scale = result.width / currentTarget.clientWidth;
    onPoint(result.at(offsetX * scale, offsetY * scale));
  };

  return (
    <canvas
      ref={canvas}
      width={result.width}
      height={result.height}
      onPointerMove={point}
      onPointerLeave={() => onPoint(undefined)}
    />
  );
}
