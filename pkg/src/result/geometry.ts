import { checkNumber, fieldsOf } from '../arguments.js';

/** A rectangle in pixels of the image; the numbers need not be whole. */
export interface Box {
  /** Left edge. */
  x: number;
  /** Top edge. */
  y: number;
  /** Width. */
  width: number;
  /** Height. */
  height: number;
}

/** A point in pixels of the image: the pixel in the first column and row reaches from 0 to 1, its centre is at 0.5. */
export interface Point {
  /** From the left. */
  x: number;
  /** From the top. */
  y: number;
}

/** An image's size in pixels. */
export interface Size {
  /** Width. */
  width: number;
  /** Height. */
  height: number;
}

/** @throws `invalid-input` unless it is a box */
export function checkBox(value: unknown, name: string): void {
  const box = fieldsOf(value as Box, ['x', 'y', 'width', 'height'], name);
  for (const [side, number] of Object.entries(box)) {
    checkNumber(number ?? Number.NaN, `the ${side} of ${name}`, { min: Number.NEGATIVE_INFINITY });
  }
}
