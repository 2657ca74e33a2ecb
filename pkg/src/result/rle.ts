import { checkNumber, checkObject, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import type { Box, Size } from './geometry.js';

/**
 * A binary mask of a whole image as COCO's tools write it: the lengths of its runs, zeros first, down the columns,
 * packed into a string. Equal to what `pycocotools.mask.encode` gives.
 */
export interface Rle {
  /** The image's height and width in pixels, in this order. */
  size: [height: number, width: number];
  /** The runs, packed. */
  counts: string;
}

/** A binary mask whose runs are not packed, as COCO's files hold them for crowds. */
export interface RunLengths {
  /** The image's height and width in pixels, in this order. */
  size: readonly [height: number, width: number];
  /** The lengths of the runs, zeros first. */
  counts: readonly number[];
}

/** The part of an image that a mask lies in, in whole pixels, and its pixels row by row, 0 or 1. */
export interface Patch extends Box {
  data: Uint8Array;
}

// Five bits of a number in each character, from '0' on; the sixth says that more follow.
const BITS = 5;
const MORE = 1 << BITS;
const FIRST = 48;
/** As many pixels as COCO's tools count with 32 bits. */
const MAX_PIXELS = 2 ** 32 - 1;
/** As many pixels as one mask may have around its ones: those of the largest image that the network takes whole. */
const MAX_MASK_PIXELS = 2 ** 28;
/** No length needs more characters, with its sign. */
const MAX_CHARACTERS = 7;

/** Encodes a mask of an image from the part of it that holds the object. */
export function encodeRle({ width, height }: Size, patch: Patch): Rle {
  return { size: [height, width], counts: pack(runsOf({ width, height }, patch)) };
}

/**
 * Decodes a mask to the smallest part of its image that holds all of it; 0 × 0 pixels for an empty mask.
 *
 * @throws `invalid-input` where the runs are malformed or do not fill the image
 */
export function decodeRle(rle: Rle | RunLengths): Patch {
  checkObject(rle, 'run lengths, { size, counts },');
  const { size, counts } = rle;
  if (!Array.isArray(size))
    throw new MaskRcnnError('invalid-input', `run lengths have a size, [height, width], not ${kindOf(size)}`);
  if (typeof counts !== 'string' && !Array.isArray(counts)) {
    throw new MaskRcnnError(
      'invalid-input',
      `the counts of run lengths are a string or an array of numbers, not ${kindOf(counts)}`,
    );
  }
  const [height, width] = size as readonly [number, number];
  checkNumber(height ?? Number.NaN, "the height in the run lengths' size", { isWhole: true });
  checkNumber(width ?? Number.NaN, "the width in the run lengths' size", { isWhole: true });
  if (width * height > MAX_PIXELS) {
    throw new MaskRcnnError(
      'invalid-input',
      `the mask is of ${width}×${height} pixels; an image may have up to ${MAX_PIXELS}`,
    );
  }
  const runs = typeof counts === 'string' ? unpack(counts) : counts;
  if (!runs.every((run) => Number.isInteger(run) && run >= 0)) {
    throw new MaskRcnnError('invalid-input', 'the runs hold a value that is not a whole number of 0 or more');
  }
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (total !== width * height) {
    throw new MaskRcnnError('invalid-input', `the runs hold ${total} pixels, the mask ${width}×${height}`);
  }
  const { x, y, right, bottom } = bounds(runs, height);
  if ((right - x) * (bottom - y) > MAX_MASK_PIXELS) {
    throw new MaskRcnnError(
      'invalid-input',
      `the mask's ones take ${right - x}×${bottom - y} pixels; one mask may take up to ${MAX_MASK_PIXELS}`,
    );
  }
  const patch = { x, y, width: right - x, height: bottom - y, data: new Uint8Array((right - x) * (bottom - y)) };
  forEachRun(runs, (start, end) => {
    for (let at = start; at < end; at++) {
      patch.data[((at % height) - y) * patch.width + Math.floor(at / height) - x] = 1;
    }
  });
  return patch;
}

function runsOf({ width, height }: Size, { x, y, width: columns, height: rows, data }: Patch): number[] {
  const runs: number[] = [];
  let inside = 0;
  let length = 0;
  const push = (pixel: number, count: number) => {
    if (count > 0 && pixel !== inside) {
      runs.push(length);
      inside = pixel;
      length = 0;
    }
    length += count;
  };
  push(0, x * height);
  for (let column = 0; column < columns; column++) {
    push(0, y);
    for (let row = 0; row < rows; row++) push(data[row * columns + column] === 0 ? 0 : 1, 1);
    push(0, height - y - rows);
  }
  push(0, (width - x - columns) * height);
  if (length > 0) runs.push(length);
  return runs;
}

/** Calls back with the start and the end of each run of ones that is not empty, in pixels down the columns. */
function forEachRun(runs: readonly number[], callback: (start: number, end: number) => void) {
  let end = 0;
  runs.forEach((run, i) => {
    const start = end;
    end += run;
    if (i % 2 === 1 && run > 0) callback(start, end);
  });
}

function bounds(runs: readonly number[], height: number) {
  let [x, y, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  forEachRun(runs, (start, end) => {
    const [first, last] = [Math.floor(start / height), Math.floor((end - 1) / height)];
    x = Math.min(x, first);
    right = Math.max(right, last + 1);
    // A run that continues into the next column touches the bottom of one and the top of the other.
    y = Math.min(y, last > first ? 0 : start % height);
    bottom = Math.max(bottom, last > first ? height : ((end - 1) % height) + 1);
  });
  return right === 0 ? { x: 0, y: 0, right: 0, bottom: 0 } : { x, y, right, bottom };
}

function pack(runs: readonly number[]): string {
  const characters: string[] = [];
  runs.forEach((run, i) => {
    // From the fourth run on, what is stored is the difference to the run of the same kind before.
    let value = run - (i > 2 ? (runs[i - 2] as number) : 0);
    for (let more = true; more; ) {
      // By division, as a length may have 32 bits and its difference 33, with the sign.
      const high = Math.floor(value / MORE);
      const low = value - high * MORE;
      value = high;
      // The last character's highest bit is the sign of the whole number.
      more = value !== (low & (MORE >> 1) ? -1 : 0);
      characters.push(String.fromCharCode(FIRST + low + (more ? MORE : 0)));
    }
  });
  return characters.join('');
}

function unpack(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let bits = 0;
    for (let more = true; more; bits += BITS) {
      if (at === text.length) throw malformed('it ends within a number');
      if (bits === BITS * MAX_CHARACTERS) throw malformed('a number is too long');
      const code = text.charCodeAt(at) - FIRST;
      if (code < 0 || code >= 2 * MORE)
        throw malformed(`the character ${JSON.stringify(text[at])} is not one of the format's`);
      value += (code & (MORE - 1)) * 2 ** bits;
      more = (code & MORE) !== 0;
      at++;
    }
    const signed = value < 2 ** (bits - 1) ? value : value - 2 ** bits;
    const run = signed + (runs.length > 2 ? (runs[runs.length - 2] as number) : 0);
    if (run < 0) throw malformed('a run has a negative length');
    runs.push(run);
  }
  return runs;
}

function malformed(what: string): MaskRcnnError {
  return new MaskRcnnError('invalid-input', `the compressed mask is malformed: ${what}`);
}
