import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stackPixels, toneImage, toneRegions } from '../../src/tiles/tone.ts';

test('the tone of an image that fits is measured on all of it', () => {
  assert.deepEqual(toneRegions({ width: 4096, height: 3000 }, 4), [{ x: 0, y: 0, width: 4096, height: 3000 }]);
});

test('the tone of a larger image is measured on parts of it that are evenly spread and inside', () => {
  for (const [width, height] of [
    [20_000, 20_000],
    [100_000, 700],
    [1, 4_000_000],
    [16_385, 600],
  ] as const) {
    const regions = toneRegions({ width, height }, 1000);
    assert.ok(regions.length >= 4 && regions.length <= 16, `${regions.length} regions`);
    for (const region of regions) {
      assert.ok(region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0);
      assert.ok(region.x + region.width <= width && region.y + region.height <= height);
    }
    const centre = (side: 'x' | 'y', length: 'width' | 'height') =>
      regions.reduce((sum, region) => sum + region[side] + region[length] / 2, 0) / regions.length;
    assert.ok(Math.abs(centre('x', 'width') - width / 2) <= 1);
    assert.ok(Math.abs(centre('y', 'height') - height / 2) <= 1);
  }
});

test('parts are put one below the other, channel by channel', () => {
  const part = (...values: number[]) => Uint16Array.from(values);
  const shape = { width: 2, height: 1, channels: 2 };
  const interleaved = [part(1, 11, 2, 12), part(3, 13, 4, 14)].map((data) => ({ ...shape, data }));
  const planar = [part(1, 2, 11, 12), part(3, 4, 13, 14)].map((data) => ({
    ...shape,
    data,
    layout: 'planar' as const,
  }));
  assert.deepEqual([...stackPixels(interleaved).data], [1, 11, 2, 12, 3, 13, 4, 14]);
  assert.deepEqual([...stackPixels(planar).data], [1, 2, 3, 4, 11, 12, 13, 14]);
  assert.equal(stackPixels(planar).height, 2);
});

test('regions are read one after the other', async () => {
  let reading = 0;
  const source = {
    width: 9,
    height: 9,
    async read() {
      assert.equal(reading++, 0);
      await Promise.resolve();
      reading--;
      return { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) };
    },
    close() {},
  };
  const regions = [0, 1, 2].map((x) => ({ x, y: 0, width: 1, height: 1 }));
  const image = await toneImage(source, regions, undefined);
  assert.ok('data' in image);
  assert.deepEqual([...image.data], [7, 7, 7]);
});
