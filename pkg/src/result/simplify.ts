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
  const x = (index: number) => ring[(index % count) * 2] as number;
  const y = (index: number) => ring[(index % count) * 2 + 1] as number;

  /** Squared distance of a point to the straight line between two others. */
  function distance(index: number, from: number, to: number): number {
    const [dx, dy] = [x(to) - x(from), y(to) - y(from)];
    const [px, py] = [x(index) - x(from), y(index) - y(from)];
    const length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
    return (px - along * dx) ** 2 + (py - along * dy) ** 2;
  }

  /** The point between two others that is farthest from their line. */
  function farthest(from: number, to: number) {
    let [found, most] = [from, -1];
    for (let index = from + 1; index < to; index++) {
      const squared = distance(index, from, to);
      if (squared > most) [found, most] = [index, squared];
    }
    return { index: found, squared: most };
  }

  // A closed line has no ends: it is cut at its first point, at the one farthest from it, and at the one farthest
  // from the line between them, which keep it a triangle at least.
  const opposite = farthest(0, count).index;
  const [before, after] = [farthest(0, opposite), farthest(opposite, count)];
  const third = before.squared > after.squared ? before.index : after.index;
  const kept = new Set([0, opposite, third]);
  const corners = [...kept].sort((a, b) => a - b);
  const parts = corners.map((from, i): [number, number] => [from, corners[i + 1] ?? count]);
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [from, to] = part;
    const { index, squared } = farthest(from, to);
    if (squared <= tolerance ** 2) continue;
    kept.add(index);
    parts.push([from, index], [index, to]);
  }
  return Float32Array.from([...kept].sort((a, b) => a - b).flatMap((index) => [x(index), y(index)]));
}
