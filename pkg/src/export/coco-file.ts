import { checkNumber, checkObject, checkStrings } from '../arguments.js';
import type { SegmentResult } from '../result/result.js';
import { checkChoice, checkString, fileOf, withObjects } from './object-set.js';

/** How a file in one of COCO's formats is written. */
export interface CocoFileOptions {
  /**
   * `'dataset'`, the default: an object with `images`, `annotations` and `categories`, which can be corrected and trained
   * on; `'results'`: a list with scores, which can be evaluated.
   */
  as?: 'dataset' | 'results';
  /** How masks are written: `'rle'`, run lengths, by default; or `'polygons'`, which more programs edit. */
  segmentation?: 'rle' | 'polygons';
  /** The image's number; 1 by default. */
  imageId?: number;
  /** What the image's file is called, for a data set. */
  imageName?: string;
  /** The names of all classes by number, the background first, as `segmenter.labels`; else those that occur. */
  labels?: readonly string[];
}

/** Objects in one of COCO's formats. */
export async function cocoFileOf(result: SegmentResult, options: CocoFileOptions): Promise<Blob> {
  checkObject(options, 'the options');
  const { as: kind, segmentation, imageId, imageName: fileName, labels } = options;
  checkChoice(kind, 'as', ['dataset', 'results']);
  checkChoice(segmentation, 'segmentation', ['rle', 'polygons']);
  checkNumber(imageId, 'imageId', { isWhole: true, max: 2 ** 32 - 1 });
  checkString(fileName, 'imageName');
  checkStrings(labels, 'labels');
  return withObjects(result, { fileName, labels }, (objects) => {
    return fileOf(objects, 'coco', { kind, segmentation, imageId }, 'application/json');
  });
}
