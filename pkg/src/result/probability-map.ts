import type { Box } from './geometry.js';

// In single precision, as the engine computes: the rounding decides which pixels there are.
const { fround } = Math;

/**
 * Brings a soft mask from the network's grid over a box to pixels of the image, as the engine does before it takes
 * the threshold: the grid gets a border of one empty cell, the box grows with it, and each pixel is interpolated
 * between the cells around its centre. Unless the mask is aligned, as detectron2 does it, the box is first rounded to
 * whole pixels, as torchvision's `paste_masks_in_image` does it.
 *
 * @param probabilities `side * side` values over the box
 * @param rect the pixels that are wanted
 * @returns `width * height` values, row by row
 */
export function probabilityMap(
  probabilities: Float32Array,
  box: Box,
  isAligned: boolean,
  rect: Box,
): Float32Array<ArrayBuffer> {
  const side = Math.sqrt(probabilities.length);
  const columns = samplesOf(spanOf(box.x, box.x + box.width, side, isAligned), side, rect.x, rect.width);
  const rows = samplesOf(spanOf(box.y, box.y + box.height, side, isAligned), side, rect.y, rect.height);
  const at = (row: number, column: number) => {
    const isBorder = row === 0 || column === 0 || row > side || column > side;
    return isBorder ? 0 : (probabilities[(row - 1) * side + column - 1] as number);
  };
  const map = new Float32Array(rect.width * rect.height);
  let pixel = 0;
  for (const { low: top, high: bottom, weight: down } of rows) {
    for (const { low: left, high: right, weight: across } of columns) {
      const upper = at(top, left) * (1 - across) + at(top, right) * across;
      const lower = at(bottom, left) * (1 - across) + at(bottom, right) * across;
      map[pixel++] = upper * (1 - down) + lower * down;
    }
  }
  return map;
}

/** One side of the box, grown as the grid is by its border: where it starts, and its length. */
function spanOf(from: number, to: number, side: number, isAligned: boolean) {
  const half = fround(fround(fround(fround(to) - fround(from)) * 0.5) * fround((side + 2) / side));
  const centre = fround(fround(fround(to) + fround(from)) * 0.5);
  const [low, high] = [fround(centre - half), fround(centre + half)];
  if (isAligned) return { start: low, length: high - low };
  return { start: Math.trunc(low), length: Math.max(1, Math.trunc(high) - Math.trunc(low) + 1) };
}

/** Where pixels of one side lie on the grid with its border: between which cells, and how near to the higher one. */
function samplesOf(span: { start: number; length: number }, side: number, first: number, count: number) {
  const cells = side + 2;
  const step = cells / Math.max(span.length, Number.MIN_VALUE);
  return Array.from({ length: count }, (_, i) => {
    const position = Math.max(0, step * (first + i + 0.5 - span.start) - 0.5);
    const low = Math.min(Math.floor(position), cells - 1);
    return { low, high: Math.min(low + 1, cells - 1), weight: Math.min(1, position - low) };
  });
}
