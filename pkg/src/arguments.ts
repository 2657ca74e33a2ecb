/**
 * Checks of what callers hand over. TypeScript finds most mistakes before, but not those of JavaScript, of JSON and of
 * numbers that turn out not to be any.
 */
import type { Detection } from './detection.js';
import { InvalidInputError } from './errors.js';
import type { Box, Size } from './geometry.js';

/**
 * What kind of value it is: `'undefined'`, `'a string'`, `'HTMLImageElement'`. Of objects it is the class's name, so that
 * they may come from another frame, where `instanceof` would not know them.
 */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return Object.prototype.toString.call(value).slice(8, -1);
  return typeof value === 'function' ? 'a function' : `a ${typeof value}`;
}

/** @throws {@link InvalidInputError} unless it is an object */
export function checkObject(value: unknown, what: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new InvalidInputError(`${what} must be an object, not ${kindOf(value)}`);
}

/**
 * Reads fields of an object.
 *
 * @throws {@link InvalidInputError} where that throws, as it does of a Proxy around one of the browser's own objects
 */
export function fieldsOf<Fields extends object, Name extends keyof Fields>(
  value: Fields,
  names: readonly Name[],
  what: string,
): Pick<Fields, Name> {
  checkObject(value, what);
  try {
    return Object.fromEntries(names.map((name) => [name, value[name]])) as Pick<Fields, Name>;
  } catch (cause) {
    throw new InvalidInputError(`${what} cannot be read: ${cause}`, { cause });
  }
}

/** The range that a number must lie in. */
export interface Range {
  /** The least that it may be; 0 by default. */
  min?: number;
  /** The most that it may be; any finite number by default. */
  max?: number;
  /** It must be greater than this; stands in for `min`. */
  above?: number;
  /** Whether it must have no fraction. */
  isWhole?: boolean;
}

/** @throws {@link InvalidInputError} unless it is a number in the range, or `undefined` */
export function checkNumber(value: unknown, name: string, { above, min = 0, max, isWhole }: Range = {}): void {
  if (value === undefined) return;
  if (typeof value === 'number') {
    const isNumber = isWhole ? Number.isInteger(value) : Number.isFinite(value);
    if (isNumber && (above === undefined ? value >= min : value > above) && value <= (max ?? value)) return;
  }
  const least = above === undefined ? ` of ${min} or more` : ` above ${above}`;
  const bounds = max === undefined ? least : ` from ${min} to ${max}`;
  const wanted = `a ${isWhole ? 'whole ' : ''}number${Number.isFinite(min) ? bounds : ''}`;
  throw new InvalidInputError(`${name} must be ${wanted}, not ${typeof value === 'number' ? value : kindOf(value)}`);
}

/** @throws {@link InvalidInputError} unless it is a list of strings, or `undefined` */
export function checkStrings(value: unknown, name: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new InvalidInputError(`${name} must be an array of strings, not ${kindOf(value)}`);
  const other = value.findIndex((item) => typeof item !== 'string');
  if (other < 0) return;
  throw new InvalidInputError(`${name} must be an array of strings; item ${other} is ${kindOf(value[other])}`);
}

/** @throws {@link InvalidInputError} unless it can be called, or is `undefined` */
export function checkFunction(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw new InvalidInputError(`${name} must be a function, not ${kindOf(value)}`);
}

/** @throws {@link InvalidInputError} unless it is an `AbortSignal`, or `undefined` */
export function checkSignal(value: unknown): void {
  // From another frame it is an instance of another class.
  const kind = kindOf(value);
  if (value === undefined || kind === 'AbortSignal') return;
  const hint = kind === 'AbortController' ? "; give the controller's `signal`" : '';
  throw new InvalidInputError(`signal must be an AbortSignal, not ${kind}${hint}`);
}

/** @throws {@link InvalidInputError} unless it has a picture's size and a list of detections */
export function checkFound(value: unknown): void {
  const found = value as Size & { detections: unknown };
  const { detections, ...size } = fieldsOf(found, ['width', 'height', 'detections'], 'the result');
  for (const [name, side] of Object.entries(size)) {
    if (side === undefined) throw new InvalidInputError(`the result has no ${name}: give what segment() returned`);
    checkNumber(side, `the result's ${name}`, { above: 0 });
  }
  if (!Array.isArray(detections)) {
    throw new InvalidInputError(`a result has a list of detections; this has ${kindOf(detections)}`);
  }
  detections.forEach(checkDetection);
}

/** @throws {@link InvalidInputError} unless it is a box */
export function checkBox(value: unknown, name: string): void {
  const box = fieldsOf(value as Box, ['x', 'y', 'width', 'height'], name);
  for (const [side, number] of Object.entries(box)) {
    checkNumber(number ?? Number.NaN, `the ${side} of ${name}`, { min: Number.NEGATIVE_INFINITY });
  }
}

/** @throws {@link InvalidInputError} unless it is a detection whose mask, if any, has its methods */
export function checkDetection(value: unknown, index?: number): void {
  const name = index === undefined ? 'the detection' : `detection ${index}`;
  const fields = ['label', 'classId', 'score', 'box', 'mask'] as const;
  const { label, classId, score, box, mask } = fieldsOf(value as Detection, fields, name);
  if (typeof label !== 'string') {
    throw new InvalidInputError(`the label of ${name} must be a string, not ${kindOf(label)}`);
  }
  checkNumber(classId ?? Number.NaN, `the classId of ${name}`);
  checkNumber(score ?? Number.NaN, `the score of ${name}`);
  checkBox(box, `the box of ${name}`);
  if (mask === undefined || mask === null || typeof mask.toSvgPath === 'function') return;
  throw new InvalidInputError(
    `the mask of ${name} is not a Mask: make a whole result of a clone or of JSON with SegmentResult.from(), ` +
      'or a mask with new Mask() or Mask.fromRle()',
  );
}
