import { checkObject, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import type { Detection } from '../result/detection.js';
import type { Rle } from '../result/rle.js';

/** One object in COCO's results format, as `COCO.loadRes` and every evaluation server read it. */
export interface CocoResult {
  /** What the data set calls the image. */
  image_id: number | string;
  /** The data set's number of the class. */
  category_id: number;
  /** Left, top, width and height in pixels. */
  bbox: [x: number, y: number, width: number, height: number];
  /** How sure the network is, 0 to 1. */
  score: number;
  /** The mask; absent where the network has none. */
  segmentation?: Rle;
}

/** How objects become {@link CocoResult}s. */
export interface CocoOptions {
  /** What the data set calls the image. */
  imageId: number | string;
  /** The data set's number for each of the model's classes, by the class's number; else they are the same. */
  categoryIds?: readonly number[];
}

/** Objects in COCO's results format. */
export function cocoOf(detections: readonly Detection[], options: CocoOptions): CocoResult[] {
  checkObject(options, 'the options, { imageId },');
  const { imageId, categoryIds } = options;
  if (typeof imageId !== 'string' && !Number.isFinite(imageId)) {
    throw new MaskRcnnError(
      'invalid-input',
      `imageId must say what the data set calls the image, as a number or string, not ${kindOf(imageId)}`,
    );
  }
  if (categoryIds !== undefined && !(Array.isArray(categoryIds) && categoryIds.every((id) => Number.isFinite(id)))) {
    throw new MaskRcnnError('invalid-input', `categoryIds must be an array of numbers, not ${kindOf(categoryIds)}`);
  }
  return detections.map(({ classId, label, score, box, mask }) => {
    const category = categoryIds ? categoryIds[classId] : classId;
    if (category === undefined)
      throw new MaskRcnnError('invalid-input', `categoryIds has no number for class ${classId}, '${label}'`);
    return {
      image_id: imageId,
      category_id: category,
      bbox: [box.x, box.y, box.width, box.height],
      score,
      ...(mask && { segmentation: mask.toRle() }),
    };
  });
}
