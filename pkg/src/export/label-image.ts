import { checkObject } from '../arguments.js';
import type { SegmentResult } from '../result/result.js';
import { checkChoice, fileOf, withObjects } from './object-set.js';

/** How a label image is written. */
export interface LabelImageOptions {
  /** `'tiff'`, the default, or `'png'`, which holds 16 bits. */
  format?: 'tiff' | 'png';
  /** Bits a pixel; by default 16, and 32 for more than 65,535 objects. */
  bits?: 16 | 32;
  /** Length of a pixel's side in micrometres, which a TIFF says; the result's by default. */
  pixelSize?: number;
}

/** An image in which each pixel is the number of its object, or 0. */
export async function labelImageOf(result: SegmentResult, options: LabelImageOptions): Promise<Blob> {
  checkObject(options, 'the options');
  const { format, bits, pixelSize } = options;
  checkChoice(format, 'format', ['tiff', 'png']);
  checkChoice(bits, 'bits', [16, 32]);
  return withObjects(result, { pixelSize }, (objects) => {
    return fileOf(objects, 'label-image', { format, bits }, format === 'png' ? 'image/png' : 'image/tiff');
  });
}
