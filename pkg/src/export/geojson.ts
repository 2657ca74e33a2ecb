import { checkObject } from '../arguments.js';
import type { SegmentResult } from '../result/result.js';
import { type MeasureOptions, withMeasured } from './measure.js';
import { checkBoolean, checkChoice, fileOf } from './object-set.js';

/** How GeoJSON is written. */
export interface GeoJsonOptions extends MeasureOptions {
  /**
   * What objects become in QuPath: `'detection'`, the default, of which it holds thousands, or `'annotation'`, which can be
   * edited by hand.
   */
  objectType?: 'detection' | 'annotation';
  /** Whether each object has its measures; `true` by default. */
  measurements?: boolean;
}

/** Objects as GeoJSON, as QuPath opens it. */
export async function geoJsonOf(result: SegmentResult, options: GeoJsonOptions): Promise<Blob> {
  checkObject(options, 'the options');
  const { objectType, measurements } = options;
  checkChoice(objectType, 'objectType', ['detection', 'annotation']);
  checkBoolean(measurements, 'measurements');
  return withMeasured(result, options, {}, (objects) => {
    return fileOf(objects, 'geojson', { objectType, measurements }, 'application/geo+json');
  });
}
