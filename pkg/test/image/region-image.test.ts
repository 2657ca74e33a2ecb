import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkRegion, isRegionImage, type Region } from '../../src/image/region-image.ts';
import { isInvalid } from '../fixtures.ts';

const size = { width: 20, height: 10 };

test('only objects that can be read and have a size are images read by region', () => {
  const read = async () => ({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) });
  assert.ok(isRegionImage({ ...size, channels: 1, read }));
  for (const other of [null, undefined, read, size, { read }, { ...size, read }, { ...size, channels: '1', read }])
    assert.ok(!isRegionImage(other));
});

test('a region may be the whole image, or its last pixel', () => {
  checkRegion({ x: 0, y: 0, ...size }, size);
  checkRegion({ x: 19, y: 9, width: 1, height: 1 }, size);
});

describe('a region is refused', () => {
  const refused: [string, Partial<Region>, RegExp][] = [
    ['that has no pixels', { width: 0 }, /width must be a whole number of 1 or more, not 0/],
    ['that begins before the image', { x: -1 }, /x must be a whole number of 0 or more, not -1/],
    ['that begins inside a pixel', { y: 0.5 }, /y must be a whole number/],
    ['without height', { height: undefined as never }, /height must be a whole number/],
    ['that ends behind the image', { x: 11 }, /10×5 pixels at \(11, 0\) must lie inside the image of 20×10/],
    ['that ends below the image', { y: 6 }, /must lie inside/],
  ];
  for (const [what, change, message] of refused) {
    test(what, () =>
      assert.throws(() => checkRegion({ x: 0, y: 0, width: 10, height: 5, ...change }, size), isInvalid(message)),
    );
  }
  test('that is a number', () => assert.throws(() => checkRegion(7 as never, size), isInvalid(/must be an object/)));
});
