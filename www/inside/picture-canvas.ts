import type { Box } from 'maskrcnn-web';

/** The widest that a canvas of this tab is drawn, in its own pixels. */
const WIDEST = 900;

/** Makes a canvas show a picture, darkened so that what is drawn upon it stands out; in the picture's coordinates. */
export function onPicture(canvas: HTMLCanvasElement, picture: ImageBitmap): CanvasRenderingContext2D | null {
  // Small pictures are enlarged, or the lines on them would be coarse.
  const scale = WIDEST / picture.width;
  canvas.width = WIDEST;
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d');
  context?.scale(scale, scale);
  context?.drawImage(picture, 0, 0);
  if (context) context.fillStyle = 'rgb(0 0 0 / 0.45)';
  context?.fillRect(0, 0, picture.width, picture.height);
  return context;
}

/** Outlines boxes, the first on top. */
export function outline(
  context: CanvasRenderingContext2D,
  boxes: readonly { box: Box; color: string }[],
  width = 1.5,
): void {
  context.lineWidth = width / context.getTransform().a;
  for (const { box, color } of boxes.toReversed()) {
    context.strokeStyle = color;
    context.strokeRect(box.x, box.y, box.width, box.height);
  }
}
