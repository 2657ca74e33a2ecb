import type { Ring } from './contour.js';

/**
 * Leaves out points of a closed line that lie within a distance of what is left (Ramer, Douglas and Peucker).
 *
 * At least three points stay, whatever the tolerance, so nothing vanishes. With 0 only points on straight lines go.
 *
 * @param tolerance largest distance in the units of the points
 */
export function simplify(ring: Ring, tolerance: number): Ring {
  const count = ring.length / 2;
  // A closed line has no ends: it is cut at its first point, at the one farthest from it, and at the one farthest
  // from the line between them, which keep it a triangle at least.
  const opposite = farthest(ring, 0, count).index;
  const [before, after] = [farthest(ring, 0, opposite), farthest(ring, opposite, count)];
  const third = before.squared > after.squared ? before.index : after.index;
  const kept = new Uint8Array(count);
  const corners = [0, Math.min(opposite, third), Math.max(opposite, third), count];
  const parts: number[] = [];
  for (let corner = 0; corner < 3; corner++) {
    const [from, to] = [corners[corner] as number, corners[corner + 1] as number];
    kept[from] = 1;
    if (to > from) parts.push(from, to);
  }
  while (parts.length > 0) {
    const to = parts.pop() as number;
    const from = parts.pop() as number;
    const { index, squared } = farthest(ring, from, to);
    if (squared <= tolerance ** 2) continue;
    kept[index] = 1;
    parts.push(from, index, index, to);
  }
  let length = 0;
  for (let index = 0; index < count; index++) length += kept[index] as number;
  const points = new Float32Array(length * 2);
  for (let index = 0, at = 0; index < count; index++) {
    if (kept[index] === 0) continue;
    points[at++] = ring[index * 2] as number;
    points[at++] = ring[index * 2 + 1] as number;
  }
  return points;
}

/**
 * The point between two others that is farthest from the straight line between them, and its squared distance, which is
 * less than 0 where there is none between them. After the last point comes the first one.
 */
function farthest(ring: Ring, from: number, to: number): { index: number; squared: number } {
  const end = (to * 2) % ring.length;
  const [x, y] = [ring[from * 2] as number, ring[from * 2 + 1] as number];
  const [dx, dy] = [(ring[end] as number) - x, (ring[end + 1] as number) - y];
  const length = dx * dx + dy * dy;
  let [found, most] = [from, -1];
  for (let index = from + 1; index < to; index++) {
    const [px, py] = [(ring[index * 2] as number) - x, (ring[index * 2 + 1] as number) - y];
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
    const squared = (px - along * dx) ** 2 + (py - along * dy) ** 2;
    if (squared > most) [found, most] = [index, squared];
  }
  return { index: found, squared: most };
}
