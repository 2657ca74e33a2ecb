import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { openTiff } from '../../../src/tiff.ts';
import { isInvalid } from '../../fixtures.ts';
import { buildTiff, bytes, long, plainPage, plainTags, short } from './tiff-builder.ts';

const open = (page: Parameters<typeof buildTiff>[0]['pages'][number], isLittleEndian = true) =>
  openTiff(buildTiff({ pages: [page], isLittleEndian }));
const all = async (file: Awaited<ReturnType<typeof openTiff>>) => {
  const { width, height } = file;
  return file.plane().read({ x: 0, y: 0, width, height });
};
/** Bytes of numbers, with the lowest first or last. */
function stored(
  values: readonly number[],
  type: 'Uint16' | 'Uint32' | 'Int8' | 'Int16' | 'Int32' | 'Float32' | 'Float64',
  isLittleEndian: boolean,
) {
  const size = Number(type.replace(/\D+/, '')) / 8;
  const view = new DataView(new ArrayBuffer(values.length * size));
  values.forEach((value, index) => {
    view[`set${type}`](index * size, value, isLittleEndian);
  });
  return new Uint8Array(view.buffer);
}

describe('samples', () => {
  for (const isLittleEndian of [true, false]) {
    for (const [type, format, values, Samples] of [
      ['Uint16', 1, [0, 1, 258, 65535], Uint16Array],
      ['Uint32', 1, [0, 1, 16909060, 4294967040], Float32Array],
      ['Int8', 2, [0, -1, 127, -128], Float32Array],
      ['Int16', 2, [0, -2, 258, -32768], Float32Array],
      ['Int32', 2, [0, -2, 66051, -2147483648], Float32Array],
      ['Float32', 3, [0, -0.5, 2 ** -149, 3e38], Float32Array],
      ['Float64', 3, [0, 0.1, -1e30, 1e-300], Float32Array],
    ] as const) {
      test(`of ${type}, ${isLittleEndian ? 'lowest' : 'highest'} byte first`, async () => {
        const bits = Number(type.replace(/\D+/, ''));
        const page = plainPage(4, 1, stored(values, type, isLittleEndian), { 258: short(bits), 339: short(format) });
        const file = await open(page, isLittleEndian);
        assert.equal(file.sampleType, type.toLowerCase());
        assert.deepEqual((await all(file)).data, Samples.from(values));
      });
    }
  }

  test('of half precision', async () => {
    const halves = stored([0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000], 'Uint16', true);
    const { data } = await all(await open(plainPage(5, 1, halves, { 258: short(16), 339: short(3) })));
    assert.deepEqual([...data], [1, -2, 2 ** -24, 65504, -0]);
  });

  test('of 64 bits', async () => {
    const unsigned = new Uint8Array(new BigUint64Array([3n, 2n ** 64n - 1n]).buffer);
    const signed = new Uint8Array(new BigInt64Array([-3n, -(2n ** 63n)]).buffer);
    assert.deepEqual([...(await all(await open(plainPage(2, 1, unsigned, { 258: short(64) })))).data], [3, 2 ** 64]);
    const tags = { 258: short(64), 339: short(2) };
    assert.deepEqual([...(await all(await open(plainPage(2, 1, signed, tags)))).data], [-3, -(2 ** 63)]);
  });

  test('that are not finite are refused, with their place', async () => {
    for (const [value, name] of [
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, 'infinite'],
    ] as const) {
      const data = stored([0, 1, 2, 3, 4, value], 'Float32', true);
      const file = await open(plainPage(3, 2, data, { 258: short(32), 339: short(3) }));
      assert.equal((await file.plane().read({ x: 0, y: 0, width: 3, height: 1 })).data.length, 3);
      await assert.rejects(all(file), isInvalid(new RegExp(`value at \\(2, 1\\) of channel 0 is ${name}`)));
    }
  });

  test('of double precision beyond single precision are refused, not made infinite', async () => {
    const file = await open(plainPage(1, 1, stored([1e300], 'Float64', true), { 258: short(64), 339: short(3) }));
    await assert.rejects(all(file), isInvalid(/the value 1e\+300, beyond the range of single precision/));
  });

  test('of fewer than eight bits keep their values, each row from a whole byte', async () => {
    const one = await open(plainPage(5, 2, Uint8Array.of(0b10110_000, 0b01001_111), { 258: short(1) }));
    assert.deepEqual([...(await all(one)).data], [1, 0, 1, 1, 0, 0, 1, 0, 0, 1]);
    const reversed = await open(plainPage(5, 1, Uint8Array.of(0b000_01101), { 258: short(1), 266: short(2) }));
    assert.deepEqual([...(await all(reversed)).data], [1, 0, 1, 1, 0]);
    const twelve = await open(plainPage(3, 1, Uint8Array.of(0x12, 0x3a, 0xbc, 0xff, 0xf0), { 258: short(12) }));
    assert.deepEqual((await all(twelve)).data, Uint16Array.of(0x123, 0xabc, 0xfff));
    for (const isLittleEndian of [true, false]) {
      const data = isLittleEndian ? Uint8Array.of(3, 2, 1) : Uint8Array.of(1, 2, 3);
      const wide = await open(plainPage(1, 1, data, { 258: short(24) }), isLittleEndian);
      assert.deepEqual((await all(wide)).data, Float32Array.of(0x010203));
    }
  });
});

describe('colours', () => {
  test('whose zero is white stay as they are stored', async () => {
    const file = await open(plainPage(3, 1, Uint8Array.of(0, 1, 255), { 262: short(0) }));
    assert.deepEqual([...(await all(file)).data], [0, 1, 255]);
  });

  const palette = (colour: (index: number) => [number, number, number], scale = 257) =>
    short(...[0, 1, 2].flatMap((channel) => Array.from({ length: 256 }, (_, index) => colour(index)[channel] * scale)));

  test('of a palette are looked up', async () => {
    for (const scale of [257, 1]) {
      const colours = palette((index) => [index, 255 - index, 7], scale);
      const file = await open(plainPage(2, 1, Uint8Array.of(0, 200), { 262: short(3), 320: colours }));
      assert.deepEqual(file.channelNames, ['red', 'green', 'blue']);
      assert.deepEqual([...(await all(file)).data], [0, 255, 7, 200, 55, 7]);
    }
  });

  test('of a palette of ImageJ’s are for showing only', async () => {
    const tags = { 262: short(3), 320: palette((index) => [index, 255 - index, 7]), 270: 'ImageJ=1.54f\n' };
    const file = await open(plainPage(2, 1, Uint8Array.of(0, 200), tags));
    assert.deepEqual([file.channels, ...(await all(file)).data], [1, 0, 200]);
  });

  test('have names', async () => {
    const names = async (samples: number, tags: Parameters<typeof plainPage>[3]) =>
      (await open(plainPage(1, 1, new Uint8Array(samples), { 277: short(samples), ...tags }))).channelNames;
    assert.deepEqual(await names(3, { 262: short(2) }), ['red', 'green', 'blue']);
    assert.deepEqual(await names(4, { 262: short(2), 338: short(0) }), ['red', 'green', 'blue', 'channel 4']);
    assert.deepEqual(await names(4, { 262: short(5) }), ['cyan', 'magenta', 'yellow', 'black']);
    assert.equal(await names(4, { 338: short(0, 0, 0) }), undefined);
    assert.equal(await names(1, {}), undefined);
  });

  test('leave transparency out, together or planar', async () => {
    const data = Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 128);
    const rgb = { 262: short(2), 277: short(4), 258: short(8, 8, 8, 8) };
    for (const tags of [rgb, { ...rgb, 338: short(1) }, { ...rgb, 338: short(2) }]) {
      const file = await open(plainPage(2, 1, data, tags));
      assert.deepEqual([file.channels, ...(await all(file)).data], [3, 1, 2, 3, 4, 5, 6]);
    }
    const planar = {
      tags: { ...plainTags(2, 1), ...rgb, 284: short(2) },
      blocks: [1, 2, 3, 4].map((value) => Uint8Array.of(value, value + 10)),
    };
    assert.deepEqual([...(await all(await open(planar))).data], [1, 2, 3, 11, 12, 13]);
    const grey = await open(plainPage(2, 1, Uint8Array.of(7, 255, 9, 0), { 277: short(2), 338: short(2) }));
    assert.deepEqual([grey.channels, ...(await all(grey)).data], [1, 7, 9]);
  });

  test('in luma and chroma become red, green and blue', async () => {
    const tags = { 262: short(6), 277: short(3), 530: short(1, 1) };
    const file = await open(plainPage(2, 1, Uint8Array.of(76, 85, 255, 128, 128, 128), tags));
    assert.deepEqual([...(await all(file)).data], [254, 0, 0, 128, 128, 128]);
  });
});

describe('what is not read is named', () => {
  const page = (tags: Parameters<typeof plainPage>[3]) => plainPage(4, 4, new Uint8Array(128), tags);
  for (const [what, tags, message] of [
    ['old-style JPEG', { 259: short(6) }, /has old-style JPEG compression, which cannot be read/],
    ['JPEG 2000', { 259: short(34712) }, /JPEG 2000 compression/],
    ['WebP', { 259: short(50001) }, /WebP compression/],
    ['a fax', { 259: short(4) }, /CCITT fax 4 compression/],
    ['an unknown compression', { 259: short(4711) }, /compression number 4711, which is unknown/],
    ['complex samples', { 258: short(64), 339: short(6) }, /complex samples of 64 bits/],
    ['samples of 48 bits', { 258: short(48) }, /unsigned samples of 48 bits/],
    ['signed samples of 4 bits', { 258: short(4), 339: short(2) }, /signed samples of 4 bits/],
    ['numbers of 24 bits', { 258: short(24), 339: short(3) }, /floating-point samples of 24 bits/],
    ['an unknown sample format', { 339: short(9) }, /format number 9/],
    [
      'samples that differ',
      { 262: short(2), 277: short(3), 258: short(5, 6, 5) },
      /differ within a pixel \(bits 5,6,5\)/,
    ],
    ['Lab colours', { 262: short(8), 277: short(3) }, /CIE L\*a\*b\* colours/],
    ['raw camera data', { 262: short(32803) }, /colour filter array/],
    ['chroma of lower resolution', { 262: short(6), 277: short(3) }, /YCbCr colours of lower resolution/],
    ['an unknown predictor', { 317: short(34892) }, /predictor number 34892/],
    ['12-bit JPEG', { 259: short(7), 258: short(12) }, /JPEG compression with samples of 12 bits/],
  ] as const) {
    test(what, async () => {
      await assert.rejects(async () => all(await open(page(tags))), isInvalid(message));
    });
  }

  test('only when it is asked for', async () => {
    const pages = [plainPage(1, 1, Uint8Array.of(7)), page({ 259: short(34712) })];
    const file = await openTiff(buildTiff({ pages }));
    assert.equal(file.pages, 2);
    assert.throws(() => file.plane({ page: 1 }), isInvalid(/JPEG 2000/));
  });
});

describe('compressed data', () => {
  const rows = (compression: number, data: Uint8Array, tags = {}) =>
    open({ tags: { ...plainTags(8, 2), 259: short(compression), ...tags }, blocks: [data] });

  test('of PackBits skip the byte without meaning', async () => {
    const file = await rows(32773, Uint8Array.of(0x80, 0xf9, 5, 7, 1, 2, 3, 4, 5, 6, 7, 8));
    assert.deepEqual([...(await all(file)).data], [5, 5, 5, 5, 5, 5, 5, 5, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('may have bytes after their end', async () => {
    const data = Buffer.concat([deflateSync(new Uint8Array(16).fill(9)), Buffer.alloc(3)]);
    for (const compression of [8, 32946]) assert.equal((await all(await rows(compression, data))).data[15], 9);
  });

  test('may not end early', async () => {
    const short = deflateSync(new Uint8Array(15));
    for (const [compression, data, message] of [
      [8, short, /ends after 15 of 16 bytes/],
      [8, deflateSync(new Uint8Array(16).map((_, at) => at * 7)).subarray(0, 12), /cannot be decompressed|ends after/],
      [8, new Uint8Array(16), /cannot be decompressed/],
      [5, Uint8Array.of(0x80, 0x00, 0x20), /ends after/],
      [5, Uint8Array.of(0xff, 0xff, 0xff), /LZW/],
      [5, Uint8Array.of(0, 1, 2), /TIFF 4/],
      [32773, Uint8Array.of(3, 1), /ends after 1 of 16/],
      [50000, new Uint8Array(20), /cannot be decompressed/],
      [7, Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), /JPEG data has no frame/],
    ] as const) {
      await assert.rejects(async () => all(await rows(compression, data)), isInvalid(message), `${compression}`);
    }
  });

  test('that were never written are zero', async () => {
    const page = {
      tags: { ...plainTags(8, 2), 259: short(5), 278: long(1) },
      blocks: [new Uint8Array(), new Uint8Array()],
    };
    assert.deepEqual([...(await all(await open(page))).data], new Array(16).fill(0));
  });

  test('of JPEG are of the size and kind that the page says', async () => {
    const frame = (marker: number, bits: number, height: number, width: number, components: number) =>
      Uint8Array.of(
        0xff,
        0xd8,
        0xff,
        marker,
        0,
        11,
        bits,
        height >> 8,
        height & 255,
        width >> 8,
        width & 255,
        components,
        1,
        17,
        0,
      );
    for (const [data, message] of [
      [frame(0xc0, 8, 1, 8, 1), /JPEG data is of 8×1 pixels/],
      [frame(0xc0, 8, 60000, 60000, 1), /JPEG data is of 60000×60000 pixels/],
      [frame(0xc0, 8, 2, 8, 3), /3 components, and a pixel 1/],
      [frame(0xc3, 8, 2, 8, 1), /lossless JPEG/],
      [frame(0xc9, 8, 2, 8, 1), /arithmetic JPEG/],
      [frame(0xc1, 12, 2, 8, 1), /samples of 12 bits/],
    ] as const) {
      await assert.rejects(async () => all(await rows(7, data)), isInvalid(message));
    }
    const tables = { 347: bytes(1, 2, 3, 4) };
    await assert.rejects(async () => all(await rows(7, frame(0xc0, 8, 2, 8, 1), tables)), isInvalid(/damaged/));
  });
});
