import type { Box } from './geometry.js';

// In single precision, as the engine computes: the rounding decides which pixels there are.
const { fround } = Math;

/**
 * Brings a soft mask from the network's grid over a box to pixels of the picture, as the engine does before it takes
 * the threshold (torchvision's `paste_masks_in_image`): the grid gets a border of one empty cell, the box grows with
 * it and is rounded to whole pixels, and the grid is resized to that with bilinear interpolation.
 *
 * @param probabilities `side * side` values over the box
 * @param rect the pixels that are wanted
 * @returns `width * height` values, row by row
 */
export function probabilityMap(probabilities: Float32Array, box: Box, rect: Box): Float32Array<ArrayBuffer> {
  const side = Math.sqrt(probabilities.length);
  const columns = samplesOf(box.x, box.x + box.width, side, rect.x, rect.width);
  const rows = samplesOf(box.y, box.y + box.height, side, rect.y, rect.height);
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

/** Where pixels of one side lie on the grid with its border: between which cells, and how near to the higher one. */
function samplesOf(from: number, to: number, side: number, start: number, count: number) {
  const cells = side + 2;
  const half = fround(fround(fround(fround(to) - fround(from)) * 0.5) * fround(cells / side));
  const centre = fround(fround(fround(to) + fround(from)) * 0.5);
  const first = Math.trunc(fround(centre - half));
  const pixels = Math.max(1, Math.trunc(fround(centre + half)) - first + 1);
  return Array.from({ length: count }, (_, i) => {
    const position = Math.max(0, (cells / pixels) * (start + i - first + 0.5) - 0.5);
    const low = Math.min(Math.floor(position), cells - 1);
    return { low, high: Math.min(low + 1, cells - 1), weight: position - low };
  });
}
