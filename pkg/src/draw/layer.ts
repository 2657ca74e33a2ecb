import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { checkSource } from '../image/source.js';
import type { Size } from '../result/geometry.js';

/** What can be drawn on a canvas at once. Of a Blob make an ImageBitmap first. */
export type DrawableImage = CanvasImageSource | ImageData;

/** A canvas's context to draw with. */
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** @throws `invalid-input` for what is not a canvas, one that was handed over, or one with another kind of context */
export function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas): Context {
  if (typeof canvas?.getContext !== 'function') throw notACanvas(canvas);
  let context: Context | null;
  try {
    context = canvas.getContext('2d') as Context | null;
  } catch (cause) {
    if (!(cause instanceof DOMException))
      throw new MaskRcnnError('invalid-input', `the canvas cannot be used: ${cause}`, { cause });
    throw new MaskRcnnError(
      'invalid-input',
      'the canvas was handed over, by transferControlToOffscreen() or to a worker: draw where it is now, on the OffscreenCanvas',
      { cause },
    );
  }
  if (context) return context;
  throw new MaskRcnnError(
    'invalid-input',
    'the canvas has another context than 2d, such as one for WebGL or WebGPU: draw on a canvas of its own, laid over it',
  );
}

/** What is wrong with a value that is not a canvas. */
export function notACanvas(value: unknown): MaskRcnnError {
  return new MaskRcnnError(
    'invalid-input',
    `the canvas must be an HTMLCanvasElement or OffscreenCanvas, not ${kindOf(value)}`,
  );
}

/** An empty canvas off the page; at least one pixel a side. */
export function newLayer({ width, height }: Size): OffscreenCanvasRenderingContext2D {
  const layer = new OffscreenCanvas(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
  return contextOf(layer) as OffscreenCanvasRenderingContext2D;
}

/**
 * Draws a source so that it fills a size.
 *
 * @throws `invalid-input` for what cannot be drawn, is not loaded, closed or empty
 */
export function paint(context: Context, source: DrawableImage, { width, height }: Size): void {
  const kind = kindOf(source);
  if (kind === 'Blob' || kind === 'File') {
    throw new MaskRcnnError(
      'invalid-input',
      `a ${kind} cannot be drawn: make an ImageBitmap of it, await createImageBitmap(blob)`,
    );
  }
  if (kind === 'Object') {
    throw new MaskRcnnError(
      'invalid-input',
      'raw samples cannot be shown: give an image that the browser can draw, such as a canvas or an ImageData',
    );
  }
  if (kind !== 'SVGImageElement') checkSource(source);
  try {
    context.drawImage(isImageData(source) ? layerOf(source) : source, 0, 0, width, height);
  } catch (cause) {
    throw new MaskRcnnError('invalid-input', `the ${kind} cannot be drawn: ${cause}`, { cause });
  }
}

// By the class's name and not by `instanceof`, so that it may come from another frame.
function isImageData(source: DrawableImage): source is ImageData {
  return Object.prototype.toString.call(source) === '[object ImageData]';
}

function layerOf(image: ImageData): OffscreenCanvas {
  const layer = newLayer(image);
  layer.putImageData(image, 0, 0);
  return layer.canvas;
}
