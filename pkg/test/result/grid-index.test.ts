import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Detection, SegmentResult } from '../../src/index.ts';
import { crowd, seeded } from '../fixtures.ts';

/** The smallest object at a point, found by looking at all of them. */
function searched({ detections }: SegmentResult, x: number, y: number): Detection | undefined {
  const holds = ({ box, mask }: Detection) => {
    if (mask) return mask.has(x, y);
    return x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height;
  };
  const areaOf = ({ box, mask }: Detection) => mask?.area ?? box.width * box.height;
  return detections.filter(holds).reduce<Detection | undefined>((found, detection) => {
    return found && areaOf(found) <= areaOf(detection) ? found : detection;
  }, undefined);
}

describe('the object at a point', () => {
  for (const [count, width, height] of [
    [2000, 700, 500],
    [200, 60, 4000],
    [65, 30_000, 70],
  ]) {
    test(`is the same among ${count} in a grid on ${width}×${height} pixels as when all are looked at`, () => {
      const result = crowd(count, { width, height });
      const random = seeded(3);
      let found = 0;
      for (let i = 0; i < 2000; i++) {
        const near = result.detections[Math.floor(random() * count)].box;
        const [x, y] = [near.x + (random() * 1.4 - 0.2) * near.width, near.y + (random() * 1.4 - 0.2) * near.height];
        const at = result.at(x, y);
        assert.equal(at, searched(result, x, y), `${x}, ${y}`);
        if (at) found++;
      }
      assert.ok(found > 500, `${found} points lie on objects`);
    });
  }

  test('is found among objects that each fill the image, and where there are none', () => {
    const [whole] = crowd(1, { width: 61, height: 61 }).detections;
    const box = { x: 0, y: 0, width: 3000, height: 2000 };
    const detections = Array.from({ length: 500 }, (_, i) => ({ ...whole, box, score: 1 - i / 500, mask: undefined }));
    const result = new SegmentResult({ width: 3000, height: 2000, detections });
    assert.equal(result.at(2999, 1999), detections[0]);
    assert.equal(new SegmentResult({ width: 3000, height: 2000, detections: [] }).at(1, 1), undefined);
  });
});
