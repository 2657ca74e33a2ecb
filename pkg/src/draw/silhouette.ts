import { checkNumber } from '../arguments.js';
import { checkFilter, type DetectionFilter, isMeant, type ResultLike } from '../result/detection.js';
import type { Size } from '../result/geometry.js';
import { type Context, newLayer } from './layer.js';
import { outlineOf } from './overlay.js';
import { place, placementOf } from './view.js';

/** Which part of an image is meant. */
export interface RegionOptions extends DetectionFilter {
  /** `true`: everything but these objects; `false` by default: these objects. */
  invert?: boolean;
  /** Pixels of the image that the objects grow by on all sides, as a mask may miss an object's rim; 0 by default. */
  margin?: number;
}

/** @throws `invalid-input` for options that are not valid */
export function checkRegion(options: RegionOptions): void {
  checkFilter(options);
  checkNumber(options.margin, 'margin');
}

/**
 * Replaces part of what a canvas shows: objects, or everything but them. An object without a mask is its box.
 *
 * Nothing of what was there shines through, not even where the replacement is transparent.
 *
 * @param replacement as large as the canvas
 */
export function replace(
  context: Context,
  replacement: CanvasImageSource,
  found: ResultLike,
  options: RegionOptions,
): void {
  const { width, height } = context.canvas;
  const { invert = false } = options;
  const silhouette = silhouetteOf({ width, height }, found, options);
  const layer = newLayer({ width, height });
  layer.drawImage(replacement, 0, 0, width, height);
  layer.globalCompositeOperation = invert ? 'destination-out' : 'destination-in';
  layer.drawImage(silhouette, 0, 0);
  context.globalCompositeOperation = invert ? 'destination-in' : 'destination-out';
  context.drawImage(silhouette, 0, 0);
  context.globalCompositeOperation = 'lighter';
  context.drawImage(layer.canvas, 0, 0);
}

/** Opaque where the objects are, transparent elsewhere. */
function silhouetteOf(canvas: Size, result: ResultLike, options: RegionOptions): OffscreenCanvas {
  const { margin = 0 } = options;
  const placement = placementOf(canvas, result);
  const layer = newLayer(canvas);
  layer.lineJoin = 'round';
  layer.lineWidth = 2 * margin * Math.max(placement.scaleX, placement.scaleY);
  for (const detection of result.detections.filter((detection) => isMeant(detection, options))) {
    const { mask } = detection;
    const { x, y, width, height } = place(detection.box, placement);
    const outline = mask ? outlineOf([mask], placement) : new Path2D();
    if (!mask) outline.rect(x, y, width, height);
    layer.fill(outline, 'evenodd');
    if (margin > 0) layer.stroke(outline);
  }
  return layer.canvas;
}
