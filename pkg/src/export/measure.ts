import { checkObject } from '../arguments.js';
import { type Measures, measuresOf } from '../result/measures.js';
import type { SegmentResult } from '../result/result.js';
import type { ObjectSet } from '../runtime/objects-glue.js';
import { fromModule } from '../runtime/objects-module.js';
import { type MeasuredImage, openSamples } from './intensity.js';
import { type SetFacts, withObjects } from './object-set.js';

/** What is measured, besides the objects' shapes. */
export interface MeasureOptions {
  /**
   * The image that the objects were found in, whose values are measured at their pixels, channel by channel and as they
   * are: raw samples, an image that is read by region, or anything else that an image can be taken from. Without it no
   * intensities are measured.
   */
  image?: MeasuredImage;
  /** Length of a pixel's side in micrometres; by default that of the result or, without one, the image. */
  pixelSize?: number;
  /** Stops it while the image is read. */
  signal?: AbortSignal;
}

/** Measures the objects of a result. */
export function measure(result: SegmentResult, options: MeasureOptions): Promise<Measures> {
  return withMeasured(result, options, {}, (_, columns) => measuresOf(result.detections.length, columns));
}

/** Measures a result's objects, and hands them over with what was measured. */
export async function withMeasured<Value>(
  result: SegmentResult,
  options: MeasureOptions,
  facts: SetFacts,
  use: (objects: ObjectSet, columns: Record<string, Float64Array<ArrayBuffer>>) => Value,
): Promise<Value> {
  checkObject(options, 'the options');
  const { image, signal } = options;
  const samples = image === undefined ? undefined : await openSamples(image, result, signal);
  const pixelSize = options.pixelSize ?? result.pixelSize ?? samples?.pixelSize;
  try {
    return await withObjects(result, { ...facts, pixelSize, channelNames: samples?.channelNames }, async (objects) => {
      const columns = samples ? await samples.measure(objects) : fromModule(() => objects.measure(undefined, ''));
      return use(objects, columns);
    });
  } finally {
    samples?.close();
  }
}
