import { checkNumber, checkObject } from '../arguments.js';
import { traceContours } from './contour.js';
import type { Patch } from './rle.js';
import { simplify } from './simplify.js';

/** A closed line around pixels of a mask, or around a hole in it. */
export interface Polygon {
  /**
   * x and y in turn, in pixels of the image; the last point is joined to the first. On the screen they go clockwise
   * around pixels and anticlockwise around a hole.
   */
  points: Float32Array<ArrayBuffer>;
  /** Whether what the line goes around is left out of the mask. */
  isHole: boolean;
}

/** How outlines are simplified. */
export interface OutlineOptions {
  /**
   * How far, in pixels, the outline may be from the pixels' own; 0.5 by default. With 0 the centres of the mask's pixels
   * and no others lie inside; with a few pixels, lines that lie close together may cross.
   */
  tolerance?: number;
}

/** Default distance, in pixels, by which outlines may deviate from the pixels' own: too small to be seen. */
export const TOLERANCE = 0.5;

/** A mask's outlines and those of its holes. */
export function polygonsOf(patch: Patch, options: OutlineOptions = {}): Polygon[] {
  checkObject(options, "the outlines' options");
  const { tolerance = TOLERANCE } = options;
  checkNumber(tolerance, 'tolerance');
  return traceContours(patch).map((contour) => ({
    points: simplify(contour, tolerance),
    isHole: signedArea(contour) < 0,
  }));
}

/** The area within a closed line; positive where it goes clockwise with y downwards. */
function signedArea(points: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    sum += (points[i] as number) * (points[next + 1] as number) - (points[next] as number) * (points[i + 1] as number);
  }
  return sum / 2;
}
