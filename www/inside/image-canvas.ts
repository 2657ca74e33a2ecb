import type { Box } from 'maskrcnn-web';
import type { OpenedImage } from '../image/opened-image.js';

/** The widest that a canvas of this tab is drawn, in its own pixels. */
const WIDEST = 900;

/** Makes a canvas show an image, darkened so that what is drawn upon it stands out; in the image's coordinates. */
export function onImage(canvas: HTMLCanvasElement, image: OpenedImage): CanvasRenderingContext2D | null {
  // Small images are enlarged, or the lines on them would be coarse.
  const scale = WIDEST / image.width;
  canvas.width = WIDEST;
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext('2d');
  context?.scale(scale, scale);
  context?.drawImage(image.overview, 0, 0, image.width, image.height);
  if (context) context.fillStyle = 'rgb(0 0 0 / 0.45)';
  context?.fillRect(0, 0, image.width, image.height);
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
