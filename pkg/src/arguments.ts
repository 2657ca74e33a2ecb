/**
 * Checks of what callers hand over. TypeScript finds most mistakes before, but not those of JavaScript, of JSON and of
 * numbers that turn out not to be any.
 */

import { MaskRcnnError } from './errors.js';

/**
 * What kind of value it is: `'undefined'`, `'a string'`, `'HTMLImageElement'`. Of objects it is the class's name, so that
 * they may come from another frame, where `instanceof` would not know them.
 */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return Object.prototype.toString.call(value).slice(8, -1);
  return typeof value === 'function' ? 'a function' : `a ${typeof value}`;
}

/** @throws `invalid-input` unless it is an object */
export function checkObject(value: unknown, what: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new MaskRcnnError('invalid-input', `${what} must be an object, not ${kindOf(value)}`);
}

/**
 * Reads fields of an object.
 *
 * @throws `invalid-input` where that throws, as it does of a Proxy around one of the browser's own objects
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
    throw new MaskRcnnError('invalid-input', `${what} cannot be read: ${cause}`, { cause });
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

/** @throws `invalid-input` unless it is a number in the range, or `undefined` */
export function checkNumber(value: unknown, name: string, { above, min = 0, max, isWhole }: Range = {}): void {
  if (value === undefined) return;
  if (typeof value === 'number') {
    const isNumber = isWhole ? Number.isInteger(value) : Number.isFinite(value);
    if (isNumber && (above === undefined ? value >= min : value > above) && value <= (max ?? value)) return;
  }
  const least = above === undefined ? ` of ${min} or more` : ` above ${above}`;
  const bounds = max === undefined ? least : ` from ${min} to ${max}`;
  const wanted = `a ${isWhole ? 'whole ' : ''}number${Number.isFinite(min) ? bounds : ''}`;
  throw new MaskRcnnError(
    'invalid-input',
    `${name} must be ${wanted}, not ${typeof value === 'number' ? value : kindOf(value)}`,
  );
}

/** @throws `invalid-input` unless it is a list of strings, or `undefined` */
export function checkStrings(value: unknown, name: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value))
    throw new MaskRcnnError('invalid-input', `${name} must be an array of strings, not ${kindOf(value)}`);
  const other = value.findIndex((item) => typeof item !== 'string');
  if (other < 0) return;
  throw new MaskRcnnError(
    'invalid-input',
    `${name} must be an array of strings; item ${other} is ${kindOf(value[other])}`,
  );
}

/** @throws `invalid-input` unless it can be called, or is `undefined` */
export function checkFunction(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw new MaskRcnnError('invalid-input', `${name} must be a function, not ${kindOf(value)}`);
}

/** @throws `invalid-input` unless it is an `AbortSignal`, or `undefined` */
export function checkSignal(value: unknown): void {
  // From another frame it is an instance of another class.
  const kind = kindOf(value);
  if (value === undefined || kind === 'AbortSignal') return;
  const hint = kind === 'AbortController' ? "; give the controller's `signal`" : '';
  throw new MaskRcnnError('invalid-input', `signal must be an AbortSignal, not ${kind}${hint}`);
}
