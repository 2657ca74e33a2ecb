import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stackPixels, toneImage } from '../../src/tiles/tone.ts';

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
