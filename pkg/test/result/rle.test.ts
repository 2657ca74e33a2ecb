import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Mask, type Rle, type RunLengths } from '../../src/index.ts';
import { isInvalid, onImage, randomMasks } from '../fixtures.ts';

/** What pycocotools makes of masks; `tests/reference/make_rle.py` wrote it. */
const cases = JSON.parse(readFileSync(new URL('../../../tests/reference/rle.json', import.meta.url), 'utf8'));

describe('run lengths', () => {
  test('are those of pycocotools', () => {
    for (const { name, width, height, rows, compressed, counts, area, bbox, at, whole } of cases) {
      const size: [number, number] = [height, width];
      const mask = Mask.fromRle({ size, counts: compressed });
      assert.equal(mask.area, area, name);
      assert.deepEqual([mask.x, mask.y, mask.width, mask.height], bbox, name);
      assert.deepEqual(mask.toRle(), { size, counts: compressed }, name);
      assert.deepEqual(Mask.fromRle({ size, counts }), mask, name);
      if (!rows) continue;
      const data = Uint8Array.from(rows.join(''), Number);
      assert.deepEqual(onImage(mask), data, name);
      const { x, y, ...imageSize } = at;
      const placed = new Mask({ x, y, width, height, data, imageSize });
      assert.deepEqual(
        placed.toRle(),
        { size: [imageSize.height, imageSize.width], counts: whole },
        `${name} in an image`,
      );
    }
  });

  test('give the same pixels back', () => {
    for (const mask of randomMasks(300)) {
      const back = Mask.fromRle(mask.toRle());
      assert.deepEqual(onImage(back), onImage(mask));
      assert.equal(back.area, mask.area);
    }
  });

  test('survive the largest image', () => {
    for (const side of [16384, 65535]) {
      for (const first of [3, 123_456_789, side * side - 5]) {
        const counts = [first, 3, side * side - first - 3];
        const mask = Mask.fromRle({ size: [side, side], counts });
        const { counts: packed } = mask.toRle();
        assert.deepEqual(Mask.fromRle({ size: [side, side], counts: packed }), mask);
        assert.deepEqual([mask.area, mask.x], [3, Math.floor(first / side)]);
      }
    }
  });

  test('that are malformed are refused', () => {
    const malformed: [Rle['counts'] | RunLengths['counts'], RegExp][] = [
      ['', /the runs hold 0 pixels, the mask 3×4/],
      ['5', /the runs hold 5 pixels/],
      ['P', /ends within a number/],
      ['oooooooooooo', /too long/],
      ['4 ', /is not one of the format/],
      ['4é', /is not one of the format/],
      ['O', /negative/],
      ['004N', /negative/],
      [[6, -1, 7], /the runs hold/],
      [[6.5, 5.5], /the runs hold/],
    ];
    for (const [counts, why] of malformed) {
      assert.throws(() => Mask.fromRle({ size: [4, 3], counts } as Rle | RunLengths), isInvalid(why), String(counts));
    }
    assert.throws(() => Mask.fromRle({ size: [65536, 65536], counts: [2 ** 32] }), isInvalid(/up to 4294967295/));
    const side = 20_000;
    assert.throws(
      () => Mask.fromRle({ size: [side, side], counts: [0, side ** 2] }),
      isInvalid(/ones take 20000×20000/),
    );
  });
});
