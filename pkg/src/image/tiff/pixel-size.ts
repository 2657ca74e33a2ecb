import type { Directory } from './directory.js';
import { squareSide } from './length-unit.js';
import { TAG } from './tags.js';

/** The longest side of a pixel that the resolution tags are believed, in micrometres. */
const MAX_BELIEVED = 10;

/**
 * The side of a page's pixels in micrometres, from the tags for its resolution. They are made for screens and printers,
 * and programs fill them with 72, 96 or 300 dots an inch, or with 1, where they know nothing: so they are believed only
 * where they have a unit, and say 10 µm or less.
 */
export async function resolutionOf(directory: Directory): Promise<number | undefined> {
  const unit = await directory.number(TAG.ResolutionUnit, 2);
  const micrometres = { 2: 25_400, 3: 10_000 }[unit];
  const [x, y] = await densities(directory);
  const side = micrometres && squareSide(micrometres / x, micrometres / y);
  return side && side <= MAX_BELIEVED ? side : undefined;
}

/** Pixels a unit of length, across and down; NaN where a page does not say. */
export async function densities(directory: Directory): Promise<[number, number]> {
  const x = await directory.number(TAG.XResolution, Number.NaN);
  return [x, await directory.number(TAG.YResolution, x)];
}
