import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { copyRawImage, isRawImage, type RawImage } from '../../src/image/raw-image.ts';
import { isInvalid } from '../fixtures.ts';

const image: RawImage = { width: 3, height: 2, channels: 2, data: new Uint16Array(12).map((_, index) => index) };

test('the copy is of the same type and can be handed over without emptying the original', () => {
  for (const Samples of [Uint8Array, Uint16Array, Float32Array]) {
    const data = Samples.from([1, 2, 3, 4]);
    const copy = copyRawImage({ width: 2, height: 2, channels: 1, data });
    assert.ok(copy.data instanceof Samples && copy.data.buffer !== data.buffer);
    assert.deepEqual([...copy.data], [1, 2, 3, 4]);
  }
});

test('a part of a larger buffer is copied alone', () => {
  const data = new Uint16Array(100).subarray(10, 22);
  assert.equal(copyRawImage({ ...image, data }).data.buffer.byteLength, 24);
});

test('bytes without a number of channels are RGBA', () => {
  const copy = copyRawImage({ width: 1, height: 2, data: new Uint8ClampedArray(8).fill(7) });
  assert.ok(copy.data instanceof Uint8Array && copy.channels === undefined);
  assert.deepEqual([...copy.data], new Array(8).fill(7));
});

describe('what does not fit together is refused', () => {
  const refused: [string, Partial<RawImage>, RegExp][] = [
    ['too few samples', { data: new Uint16Array(11) }, /has 12 samples, not 11/],
    ['an array of numbers', { data: [1, 2] as never }, /Uint8Array.* not Array/],
    ['double precision', { data: new Float64Array(12) as never }, /not Float64Array/],
    ['no channels', { channels: 0 }, /channels/],
    ['half a channel', { channels: 1.5 }, /channels/],
    ['an unknown number of channels', { channels: undefined }, /channels are missing/],
    ['no width', { width: 0 }, /width/],
    ['too high', { height: 20_000 }, /height/],
    ['a name too few', { channelNames: ['DAPI'] }, /has 2 channels and 1 channelNames/],
    ['names that are numbers', { channelNames: ['DAPI', 1 as never] }, /channelNames must be an array of strings/],
    ['another layout', { layout: 'rows' as never }, /'interleaved' or 'planar'/],
    ['a pixel without size', { pixelSize: 0 }, /pixelSize/],
    ['an infinite pixel', { pixelSize: Number.POSITIVE_INFINITY }, /pixelSize/],
  ];
  for (const [what, change, message] of refused) {
    test(what, () => assert.throws(() => copyRawImage({ ...image, ...change }), isInvalid(message)));
  }
});

test('only objects with samples and a size are raw images', () => {
  assert.ok(isRawImage(image));
  for (const other of [null, undefined, 7, 'image', {}, { data: image.data }, [1], new Map()])
    assert.ok(!isRawImage(other));
});
