import type { Mask } from './mask.js';
import type { Box, Detection, SegmentResult } from './result.js';

/** A colour: red, green and blue, 0 to 255 each. */
export type Color = readonly [number, number, number];

/** Colours that people with any kind of colour vision can tell apart (Okabe and Ito's, without black). */
export const PALETTE: readonly Color[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
];

/** How {@link draw} draws. */
export interface DrawOptions {
  /** Drawn first, to fill the canvas; by default what the canvas shows stays beneath. */
  picture?: CanvasImageSource;
  /** Only objects with a greater score; 0 by default. */
  scoreThreshold?: number;
  /** Whether masks are drawn; true by default. */
  masks?: boolean;
  /** Whether boxes are drawn; true by default. */
  boxes?: boolean;
  /** Whether labels are drawn; true by default. */
  labels?: boolean;
  /** Whether scores are drawn beside the labels; true by default. */
  scores?: boolean;
  /** How much a mask hides of the picture, 0 to 1; 0.45 by default. */
  opacity?: number;
  /** Height of the labels' letters in pixels of the canvas; by default it grows with the canvas. */
  fontSize?: number;
  /** The colour of an object, given its place in `detections`; by default the {@link PALETTE} in turn. */
  color?: (detection: Detection, index: number) => Color;
  /** The one object that stands out while the others fade. */
  highlight?: Detection | undefined;
}

/** One object as it is drawn: its box in pixels of the canvas. */
interface Item {
  detection: Detection;
  box: Box;
  color: Color;
}

/**
 * Draws what was found on a canvas of any size: masks, boxes, labels and scores.
 *
 * The result's picture is taken to fill the whole canvas. Nothing is run again, so a threshold can follow a slider.
 */
export function draw(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  result: Pick<SegmentResult, 'width' | 'height' | 'detections'>,
  options: DrawOptions = {},
): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | null;
  if (!context) return;
  const { picture, masks = true, boxes = true, labels = true, scores = true, opacity = 0.45, highlight } = options;
  const { fontSize = Math.max(12, Math.min(canvas.width, canvas.height) / 36) } = options;
  const [scaleX, scaleY] = [canvas.width / result.width, canvas.height / result.height];
  const scaled = ({ x, y, width, height }: Box): Box => ({
    x: x * scaleX,
    y: y * scaleY,
    width: width * scaleX,
    height: height * scaleY,
  });
  const items = itemsOf(result.detections, options, scaled);

  context.save();
  context.resetTransform();
  context.lineWidth = fontSize / 7;
  context.lineJoin = 'round';
  context.font = `600 ${fontSize}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  if (picture) context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const layer = (wanted: boolean, paint: (item: Item) => void) => {
    for (const item of wanted ? items : []) {
      context.globalAlpha = !highlight || highlight === item.detection ? 1 : 0.2;
      paint(item);
    }
  };
  layer(masks, ({ detection: { mask }, color }) => mask && drawMask(context, mask, scaled(mask), color, opacity));
  layer(boxes, ({ box, color }) => {
    context.strokeStyle = css(color);
    context.strokeRect(box.x, box.y, box.width, box.height);
  });
  layer(labels || scores, ({ detection, box, color }) => {
    if (highlight && highlight !== detection) return;
    const percent = `${Math.round(detection.score * 100)} %`;
    const text = [labels ? detection.label : '', scores ? percent : ''].join('  ').trim();
    drawLabel(context, text, box, color, fontSize);
  });
  context.restore();
}

/** What is to be drawn, the best last and so on top; a highlighted object above all. */
function itemsOf(detections: readonly Detection[], options: DrawOptions, scaled: (box: Box) => Box): Item[] {
  const { scoreThreshold = 0, highlight } = options;
  const { color = (_: Detection, index: number) => PALETTE[index % PALETTE.length] as Color } = options;
  return detections
    .map((detection, index) => ({ detection, box: scaled(detection.box), color: color(detection, index) }))
    .filter(({ detection }) => detection.score > scoreThreshold)
    .reverse()
    .sort((a, b) => Number(a.detection === highlight) - Number(b.detection === highlight));
}

/** Fills the mask and draws its rim at full strength. */
function drawMask(context: CanvasRenderingContext2D, mask: Mask, at: Box, color: Color, opacity: number) {
  const image = mask.toImageData([...color, Math.round(opacity * 255)]);
  if (!image) return;
  const { width, height, data } = mask;
  const inside = (column: number, row: number) =>
    column >= 0 && column < width && row >= 0 && row < height && data[row * width + column] === 1;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!inside(column, row)) continue;
      const surrounded =
        inside(column - 1, row) && inside(column + 1, row) && inside(column, row - 1) && inside(column, row + 1);
      if (!surrounded) image.data[(row * width + column) * 4 + 3] = 255;
    }
  }
  const layer = new OffscreenCanvas(width, height);
  layer.getContext('2d')?.putImageData(image, 0, 0);
  context.drawImage(layer, at.x, at.y, at.width, at.height);
}

/** Writes on a plate of the object's colour, above its box where there is room, never outside of the canvas. */
function drawLabel(context: CanvasRenderingContext2D, text: string, box: Box, color: Color, fontSize: number) {
  const { canvas, lineWidth } = context;
  const width = context.measureText(text).width + fontSize * 0.8;
  const height = fontSize * 1.5;
  const x = Math.max(0, Math.min(box.x - lineWidth / 2, canvas.width - width));
  const y = Math.max(0, Math.min(box.y < height ? box.y : box.y - height, canvas.height - height));
  context.fillStyle = css(color);
  context.fillRect(x, y, width, height);
  context.fillStyle = isLight(color) ? '#000' : '#fff';
  context.fillText(text, x + fontSize * 0.4, y + height / 2);
}

const css = ([red, green, blue]: Color) => `rgb(${red} ${green} ${blue})`;

/** Whether black letters are easier to read on a colour than white ones (WCAG's relative luminance). */
function isLight(color: Color): boolean {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Color;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
