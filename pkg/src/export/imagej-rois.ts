import type { SegmentResult } from '../result/result.js';
import { fileOf, withObjects } from './object-set.js';

/** Regions of interest as ImageJ's ROI manager opens them, in a .zip. */
export function imageJRoisOf(result: SegmentResult): Promise<Blob> {
  return withObjects(result, {}, (objects) => fileOf(objects, 'imagej-rois', {}, 'application/zip'));
}
