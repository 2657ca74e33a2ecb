import { InvalidInputError } from './errors.js';
import type { Size } from './geometry.js';

/** What can be drawn on a canvas at once. Of a Blob make an ImageBitmap first. */
export type DrawableSource = CanvasImageSource | ImageData;

/** A canvas's context to draw with. */
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** @throws {@link InvalidInputError} where the canvas has another kind of context already */
export function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas): Context {
  const context = canvas.getContext('2d') as Context | null;
  if (!context) throw new InvalidInputError('the canvas has no 2D context: it was used for WebGL or WebGPU, say');
  return context;
}

/** An empty canvas off the page; at least one pixel a side. */
export function newLayer({ width, height }: Size): OffscreenCanvasRenderingContext2D {
  const layer = new OffscreenCanvas(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
  return contextOf(layer) as OffscreenCanvasRenderingContext2D;
}

/** Draws a source so that it fills a size. */
export function paint(context: Context, source: DrawableSource, { width, height }: Size): void {
  context.drawImage(isImageData(source) ? layerOf(source) : source, 0, 0, width, height);
}

// By the class's name and not by `instanceof`, so that it may come from another frame.
function isImageData(source: DrawableSource): source is ImageData {
  return Object.prototype.toString.call(source) === '[object ImageData]';
}

function layerOf(image: ImageData): OffscreenCanvas {
  const layer = newLayer(image);
  layer.putImageData(image, 0, 0);
  return layer.canvas;
}
