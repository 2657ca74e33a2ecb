import { checkNumber } from '../arguments.js';
import { type Box, checkBox, type Size } from '../result/geometry.js';

/** Where an image lies on a canvas: a point of it is drawn at `(x × scaleX − left, y × scaleY − top)`. */
export interface Placement {
  /** Pixels of the canvas for one of the image, across. */
  scaleX: number;
  /** Pixels of the canvas for one of the image, down. */
  scaleY: number;
  /** Pixels of the canvas that the image begins left of it. */
  left: number;
  /** Pixels of the canvas that the image begins above it. */
  top: number;
}

/** Places an image so that the part of it in view fills the canvas: by default all of it. */
export function placementOf(canvas: Size, image: Size, view?: Box): Placement {
  const { x, y, width, height } = view ?? { x: 0, y: 0, width: image.width, height: image.height };
  const [scaleX, scaleY] = [canvas.width / width, canvas.height / height];
  return { scaleX, scaleY, left: x * scaleX, top: y * scaleY };
}

/** A box of the image in pixels of the canvas. */
export function place({ x, y, width, height }: Box, { scaleX, scaleY, left, top }: Placement): Box {
  return { x: x * scaleX - left, y: y * scaleY - top, width: width * scaleX, height: height * scaleY };
}

/** Whether any of a box on the canvas can be seen. */
export function isSeen({ x, y, width, height }: Box, canvas: Size): boolean {
  return x < canvas.width && y < canvas.height && x + width > 0 && y + height > 0;
}

/** @throws `invalid-input` unless it is a box with an area, or `undefined` */
export function checkView(view: unknown): void {
  if (view === undefined) return;
  checkBox(view, 'view');
  const { width, height } = view as Box;
  checkNumber(width, "the view's width", { above: 0 });
  checkNumber(height, "the view's height", { above: 0 });
}
