import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import type { Box, Size } from './geometry.js';

/**
 * The lengths of the runs of a rectangle's pixels, row by row: zeros first, then ones, and so on, so that only the first
 * may be empty. A run may continue in the next row.
 */
export type Runs = Uint32Array;

/** Finds the runs of pixels, 0 or 1. */
export function encodeRuns(pixels: Uint8Array): Uint32Array<ArrayBuffer> {
  // Counted first: a list that grows takes several times the memory of a mask's few runs.
  let count = pixels.length === 0 ? 0 : 1;
  for (let at = 0, before = 0; at < pixels.length; at++) {
    if (pixels[at] !== before) count++;
    before = pixels[at] as number;
  }
  const runs = new Uint32Array(count);
  for (let at = 0, run = 0, kind = 0; at < pixels.length; at++) {
    if (pixels[at] !== kind) {
      kind = pixels[at] as number;
      run++;
    }
    runs[run] = (runs[run] as number) + 1;
  }
  return runs;
}

/** The pixels of runs, 0 or 1. */
export function decodeRuns(runs: Runs, { width, height }: Size): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(width * height);
  for (
    let run = 1, at = runs[0] ?? 0;
    run < runs.length;
    at += lengthAt(runs, run) + lengthAt(runs, run + 1), run += 2
  ) {
    pixels.fill(1, at, at + lengthAt(runs, run));
  }
  return pixels;
}

/** Calls back with each row's stretches of ones: row, first column and column after the last, in the rectangle. */
export function forEachSpan(
  runs: Runs,
  width: number,
  callback: (row: number, start: number, end: number) => void,
): void {
  for (let run = 1, at = runs[0] ?? 0; run < runs.length; run += 2) {
    const end = at + lengthAt(runs, run);
    while (at < end) {
      const row = Math.floor(at / width);
      const stop = Math.min(end, (row + 1) * width);
      callback(row, at - row * width, stop - row * width);
      at = stop;
    }
    at += lengthAt(runs, run + 1);
  }
}

/** The number of ones. */
export function areaOf(runs: Runs): number {
  let area = 0;
  for (let run = 1; run < runs.length; run += 2) area += lengthAt(runs, run);
  return area;
}

/** Whether the pixel at an index of the rectangle is a one. */
export function hasPixel(runs: Runs, index: number): boolean {
  for (let run = 0, end = 0; run < runs.length; run++) {
    end += lengthAt(runs, run);
    if (index < end) return run % 2 === 1;
  }
  return false;
}

/** The part of the rectangle that holds all ones; 0 × 0 pixels at its own corner where there are none. */
export function tightBox(runs: Runs, { x, y, width }: Box): Box {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, -1, 0, 0];
  forEachSpan(runs, width, (row, start, end) => {
    if (top < 0) top = row;
    bottom = row + 1;
    left = Math.min(left, start);
    right = Math.max(right, end);
  });
  return top < 0
    ? { x, y, width: 0, height: 0 }
    : { x: x + left, y: y + top, width: right - left, height: bottom - top };
}

/** @throws `invalid-input` unless they are the runs of a rectangle of this size */
export function checkRuns(runs: Runs, { width, height }: Size): void {
  if (kindOf(runs) !== 'Uint32Array')
    throw new MaskRcnnError('invalid-input', `the runs of a mask must be a Uint32Array, not ${kindOf(runs)}`);
  let total = 0;
  for (let run = 0; run < runs.length; run++) {
    const length = lengthAt(runs, run);
    if (length === 0 && run > 0)
      throw new MaskRcnnError('invalid-input', `of a mask's runs only the first may be empty; number ${run + 1} is`);
    total += length;
  }
  if (total !== width * height) {
    throw new MaskRcnnError(
      'invalid-input',
      `a mask of ${width}×${height} pixels needs runs of as many pixels; these hold ${total}`,
    );
  }
}

const lengthAt = (runs: Runs, run: number) => runs[run] ?? 0;
