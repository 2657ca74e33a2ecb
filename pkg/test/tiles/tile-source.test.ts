import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pixels } from '../../src/image/pixels.ts';
import type { RawImage } from '../../src/index.ts';
import { cropPixels, tilesOfImage, tilesOfRegions } from '../../src/tiles/tile-source.ts';
import { isInvalid } from '../fixtures.ts';

const WIDTH = 7;
const HEIGHT = 5;
const REGION = { x: 2, y: 1, width: 3, height: 4 };

/** Samples that tell their channel, row and column. */
function numbered(channels: number, layout: 'interleaved' | 'planar'): Pixels {
  const data = new Uint16Array(WIDTH * HEIGHT * channels);
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const pixel = row * WIDTH + column;
        const at = layout === 'planar' ? channel * WIDTH * HEIGHT + pixel : pixel * channels + channel;
        data[at] = channel * 100 + row * 10 + column;
      }
    }
  }
  return { width: WIDTH, height: HEIGHT, data, channels, layout };
}

for (const layout of ['interleaved', 'planar'] as const) {
  for (const channels of [1, 2, 5]) {
    test(`a tile has the samples of its rectangle: ${channels} ${layout} channels`, () => {
      const tile = cropPixels(numbered(channels, layout), REGION);
      assert.deepEqual([tile.width, tile.height, tile.channels, tile.layout], [3, 4, channels, layout]);
      assert.ok(tile.data instanceof Uint16Array);
      const expected = [];
      const sample = (channel: number, row: number, column: number) =>
        channel * 100 + (row + REGION.y) * 10 + column + REGION.x;
      for (let pixel = 0; pixel < 12; pixel++) {
        for (let channel = 0; channel < channels; channel++) {
          const at = layout === 'planar' ? channel * 12 + pixel : pixel * channels + channel;
          expected[at] = sample(channel, Math.floor(pixel / 3), pixel % 3);
        }
      }
      assert.deepEqual([...tile.data], expected);
    });
  }
}

test('a tile of pixels without channels has four bytes a pixel, and a buffer of its own', async () => {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, index) => index);
  const tile = await tilesOfImage({ width: WIDTH, height: HEIGHT, data }).read({ x: 1, y: 0, width: 1, height: 2 });
  assert.ok('data' in tile);
  assert.deepEqual([...tile.data], [4, 5, 6, 7, 32, 33, 34, 35]);
  assert.notEqual(tile.data.buffer, data.buffer);
});

const regionImage = (read: () => RawImage) => ({ width: 9, height: 9, channels: 1, read: async () => read() });

test('what read() of an image gives must have the size that was asked for', async () => {
  const source = tilesOfRegions(regionImage(() => ({ width: 2, height: 2, channels: 1, data: new Uint8Array(4) })));
  await assert.rejects(source.read(REGION), isInvalid(/asked for 3×4 pixels and gave 2×2/));
});

test('what read() of an image gives must be of one type', async () => {
  const types = [Uint8Array, Uint16Array];
  const source = tilesOfRegions(
    regionImage(() => ({ width: 3, height: 4, channels: 1, data: new (types.shift() as typeof Uint8Array)(12) })),
  );
  await source.read(REGION);
  await assert.rejects(source.read(REGION), isInvalid(/1 channels of Uint8Array at first and .* Uint16Array later/));
});

test('a read that never ends is left when the signal fires', async () => {
  const source = tilesOfRegions({ width: 9, height: 9, channels: 1, read: () => new Promise(() => {}) });
  const stop = new AbortController();
  const read = source.read(REGION, stop.signal);
  stop.abort();
  await assert.rejects(read, { code: 'aborted' });
});
