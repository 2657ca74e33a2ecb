import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Mask, type Polygon } from '../../src/index.ts';
import { drawn, isInvalid, onImage, randomMasks } from '../fixtures.ts';

/** How often a line from a point to the left crosses the polygons' sides. */
function crossings(polygons: readonly Polygon[], x: number, y: number): number {
  let count = 0;
  for (const { points } of polygons) {
    for (let i = 0; i < points.length; i += 2) {
      const [x1, y1] = [points[i], points[i + 1]];
      const [x2, y2] = [points[(i + 2) % points.length], points[(i + 3) % points.length]];
      if (y1 > y !== y2 > y && x > x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) count++;
    }
  }
  return count;
}

/** The area that a ring encloses in square pixels; negative where it goes around a hole. */
function signedArea(points: Polygon['points']): number {
  let sum = 0;
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    sum += points[i] * points[next + 1] - points[next] * points[i + 1];
  }
  return sum / 2;
}

describe('outlines', () => {
  test('hold the centres of the mask’s pixels and no others', () => {
    for (const mask of randomMasks(200)) {
      const polygons = mask.toPolygons({ tolerance: 0 });
      const { width, height } = mask.imageSize;
      const inside = Uint8Array.from({ length: width * height }, (_, i) => {
        return crossings(polygons, (i % width) + 0.5, Math.floor(i / width) + 0.5) % 2;
      });
      assert.deepEqual(inside, onImage(mask));
    }
  });

  test('go around pixels and holes in opposite directions', () => {
    for (const mask of randomMasks(100)) {
      const polygons = mask.toPolygons({ tolerance: 0 });
      let area = 0;
      for (const { points, isHole } of polygons) {
        area += signedArea(points);
        assert.equal(signedArea(points) < 0, isHole);
      }
      // Every line cuts off four corners more than it rounds out, an eighth of a pixel each.
      const holes = polygons.filter(({ isHole }) => isHole).length;
      assert.equal(area, mask.area - (polygons.length - 2 * holes) / 2);
    }
  });

  test('are one for each part and one for each hole', () => {
    const count = (...rows: string[]) => {
      const polygons = drawn(...rows).toPolygons({ tolerance: 0 });
      return [polygons.length, polygons.filter(({ isHole }) => isHole).length];
    };
    assert.deepEqual(count('...', '...'), [0, 0]);
    assert.deepEqual(count('#'), [1, 0]);
    assert.deepEqual(count('###', '#.#', '###'), [2, 1]);
    assert.deepEqual(count('##.##'), [2, 0]);
    assert.deepEqual(count('#.', '.#'), [1, 0]);
    assert.deepEqual(count('#####', '#...#', '#.#.#', '#...#', '#####'), [3, 1]);
  });

  test('of a rectangle have its corners cut by half a pixel', () => {
    const [{ points }] = drawn('####', '####').toPolygons({ tolerance: 0 });
    assert.deepEqual([...points], [0.5, 0, 3.5, 0, 4, 0.5, 4, 1.5, 3.5, 2, 0.5, 2, 0, 1.5, 0, 0.5]);
    assert.equal(
      drawn('####', '####').toSvgPath({ tolerance: 0 }),
      'M0.5 0 3.5 0 4 0.5 4 1.5 3.5 2 0.5 2 0 1.5 0 0.5Z',
    );
  });

  for (const tolerance of [0.5, 1, 3, 100]) {
    test(`with a tolerance of ${tolerance} stay that near to the pixels’`, () => {
      for (const mask of randomMasks(60)) {
        const [exact, simple] = [mask.toPolygons({ tolerance: 0 }), mask.toPolygons({ tolerance })];
        assert.equal(simple.length, exact.length);
        exact.forEach(({ points }, ring) => {
          const kept = simple[ring].points;
          assert.ok(kept.length >= 6 && kept.length <= points.length);
          for (let i = 0; i < points.length; i += 2) {
            const away = distanceTo(kept, points[i], points[i + 1]);
            assert.ok(away <= tolerance + 1e-9, `${away} px away`);
          }
        });
      }
    });
  }

  test('need few points and keep the length of a circle', () => {
    const [radius, side] = [40, 90];
    const data = Uint8Array.from({ length: side * side }, (_, i) => {
      return Number(Math.hypot((i % side) - 44.5, Math.floor(i / side) - 44.5) <= radius);
    });
    const imageSize = { width: side, height: side };
    const disc = new Mask({ x: 0, y: 0, width: side, height: side, data, imageSize });
    const [{ points }] = disc.toPolygons();
    assert.ok(points.length < 2 * 60);
    const length = lengthOf(points);
    assert.ok(Math.abs(length / (2 * Math.PI * radius) - 1) < 0.03, `${length}`);
    assert.deepEqual(disc.centroid, { x: 45, y: 45 });
  });

  test('reject an invalid tolerance', () => {
    for (const tolerance of [-1, Number.NaN]) {
      assert.throws(() => drawn('#').toPolygons({ tolerance }), isInvalid(/tolerance must be a number of 0 or more/));
    }
  });
});

/** The length of a ring in pixels. */
function lengthOf(points: Polygon['points']): number {
  let sum = 0;
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    sum += Math.hypot(points[next] - points[i], points[next + 1] - points[i + 1]);
  }
  return sum;
}

/** How far a point is from a ring, in pixels. */
function distanceTo(points: Polygon['points'], x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < points.length; i += 2) {
    const [x1, y1] = [points[i], points[i + 1]];
    const [dx, dy] = [points[(i + 2) % points.length] - x1, points[(i + 3) % points.length] - y1];
    const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - x1 - along * dx, y - y1 - along * dy));
  }
  return least;
}
