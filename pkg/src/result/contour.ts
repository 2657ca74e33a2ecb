import type { Patch } from './rle.js';

/** A closed line as x and y in turn; the last point is joined to the first. */
export type Ring = Float32Array<ArrayBuffer>;

// East, south, west, north: with y downwards, a turn to the right is the next one.
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * The lines between a mask's pixels and the rest of its image, by marching squares: each line goes through the
 * middles of the edges that pixels of the two kinds share, so it cuts corners by half a pixel.
 *
 * With y downwards, a line runs clockwise around pixels and anticlockwise around a hole. Pixels that touch at a corner
 * belong together. The lines neither touch nor cross, and the centres of the mask's pixels, and no others, lie inside.
 *
 * @returns points at every edge, in pixels of the image: a pixel's centre has coordinates that end in .5
 */
export function traceContours({ x: left, y: top, width, height, data }: Patch): Ring[] {
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1;
  const done = new Uint8Array(width * height);

  /** Follows the line with the mask to its right, from the upper edge of a pixel back to it. */
  function follow(column: number, row: number): Ring {
    const points: number[] = [];
    let [x, y, heading] = [column, row, 0];
    do {
      if (heading === 0) done[y * width + x] = 1;
      const [stepX, stepY] = STEPS[heading] as (typeof STEPS)[number];
      points.push(left + x + stepX / 2, top + y + stepY / 2);
      x += stepX;
      y += stepY;
      // The pixels around the corner (x, y): ahead to the left, and ahead to the right.
      const [aheadX, aheadY] = [x + (stepX - 1) / 2, y + (stepY - 1) / 2];
      const isLeft = inside(aheadX + stepY / 2, aheadY - stepX / 2);
      const isRight = inside(aheadX - stepY / 2, aheadY + stepX / 2);
      if (isLeft) heading = (heading + 3) % 4;
      else if (!isRight) heading = (heading + 1) % 4;
    } while (x !== column || y !== row || heading !== 0);
    return Float32Array.from(points);
  }

  const rings: Ring[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      // Every line has an upper edge of a pixel: around pixels the highest one, around a hole the one below it.
      if (data[at] === 1 && done[at] === 0 && !inside(column, row - 1)) rings.push(follow(column, row));
    }
  }
  return rings;
}
