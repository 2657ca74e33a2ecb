import { checkNumber, checkObject, checkStrings, fieldsOf, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { MOVED_FILTERS, refuseMoved } from '../moved-options.js';
import { type Box, checkBox, type Size } from './geometry.js';
import type { Mask } from './mask.js';

/** One object that was found. */
export interface Detection {
  /** The class's name. */
  label: string;
  /** The class's number as the model counts; 0, the background, never occurs. */
  classId: number;
  /** How sure the network is, 0 to 1. */
  score: number;
  /** Where the object is. */
  box: Box;
  /** Which pixels are the object's; `undefined` when the network has no masks. */
  mask: Mask | undefined;
}

/** An image's size and the objects in it: a {@link SegmentResult}, or the same from elsewhere. */
export interface ResultLike extends Size {
  /** The objects. */
  detections: readonly Detection[];
}

/** Which objects are meant. */
export interface DetectionFilter {
  /**
   * Only objects whose score is greater than this; 0 by default. The threshold itself is excluded everywhere in this
   * package, as it is in torchvision and detectron2.
   */
  scoreThreshold?: number;
  /** Only objects of these classes, by name; all by default. */
  classes?: readonly string[];
  /** No objects of these classes, by name; none by default. */
  excludeClasses?: readonly string[];
}

/** @throws `invalid-input` for a filter that is not valid */
export function checkFilter(filter: DetectionFilter): void {
  checkObject(filter, 'what detections are chosen by');
  checkNumber(filter.scoreThreshold, 'scoreThreshold');
  refuseMoved(filter, MOVED_FILTERS);
  checkStrings(filter.classes, 'classes');
  checkStrings(filter.excludeClasses, 'excludeClasses');
}

/** Whether an object is among those that are meant. */
export function isMeant(
  { score, label }: Detection,
  { scoreThreshold = 0, classes, excludeClasses }: DetectionFilter,
): boolean {
  return score > scoreThreshold && (classes?.includes(label) ?? true) && !excludeClasses?.includes(label);
}

/**
 * Whether two detections of an image are the same object. Their values decide, since a framework's proxy, a clone and
 * what came back from JSON are other objects than the detection that they represent.
 */
export function isSame(a: Detection, b: Detection): boolean {
  if (a === b) return true;
  const sides = ['x', 'y', 'width', 'height'] as const;
  return a.classId === b.classId && a.score === b.score && sides.every((side) => a.box[side] === b.box[side]);
}

/** @throws `invalid-input` unless it has an image's size and a list of detections */
export function checkFound(value: unknown): void {
  const found = value as Size & { detections: unknown };
  const { detections, ...size } = fieldsOf(found, ['width', 'height', 'detections'], 'the result');
  for (const [name, side] of Object.entries(size)) {
    if (side === undefined)
      throw new MaskRcnnError('invalid-input', `the result has no ${name}: give what segment() returned`);
    checkNumber(side, `the result's ${name}`, { above: 0 });
  }
  if (!Array.isArray(detections)) {
    throw new MaskRcnnError('invalid-input', `a result has a list of detections; this has ${kindOf(detections)}`);
  }
  detections.forEach(checkDetection);
}

/** @throws `invalid-input` unless it is a detection whose mask, if any, has its methods */
export function checkDetection(value: unknown, index?: number): void {
  if (isDetection(value)) return;
  const name = index === undefined ? 'the detection' : `detection ${index}`;
  const fields = ['label', 'classId', 'score', 'box', 'mask'] as const;
  const { label, classId, score, box, mask } = fieldsOf(value as Detection, fields, name);
  if (typeof label !== 'string') {
    throw new MaskRcnnError('invalid-input', `the label of ${name} must be a string, not ${kindOf(label)}`);
  }
  checkNumber(classId ?? Number.NaN, `the classId of ${name}`);
  checkNumber(score ?? Number.NaN, `the score of ${name}`);
  checkBox(box, `the box of ${name}`);
  if (mask === undefined || mask === null || typeof mask.toSvgPath === 'function') return;
  throw new MaskRcnnError(
    'invalid-input',
    `the mask of ${name} is not a Mask: make a whole result of a clone or of JSON with SegmentResult.from(), ` +
      'or a mask with new Mask() or Mask.fromRle()',
  );
}

/** The same at once, for results with a hundred thousand of them: what is wrong is looked for where something is. */
function isDetection(value: unknown): boolean {
  try {
    const { label, classId, score, box, mask } = value as Detection;
    const { x, y, width, height } = box;
    const isNumber = Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(width) && Number.isFinite(height);
    const isMask = mask === undefined || mask === null || typeof mask.toSvgPath === 'function';
    const isScore = Number.isFinite(classId) && classId >= 0 && Number.isFinite(score) && score >= 0;
    return typeof label === 'string' && isNumber && isMask && isScore;
  } catch {
    return false;
  }
}
