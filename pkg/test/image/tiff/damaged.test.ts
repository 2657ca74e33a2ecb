import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { hasCode } from '../../../src/errors.ts';
import { openTiff } from '../../../src/tiff.ts';
import { isInvalid, seeded } from '../../fixtures.ts';
import { type BuiltFile, buildTiff, long, plainPage, plainTags, short } from './tiff-builder.ts';

const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../../tests/image/tiff/${name}`, import.meta.url)));

/** Reads the first plane of a file, and its smallest level. */
async function readAll(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await openTiff(bytes);
  for (const level of [0, file.levels.length - 1]) {
    const plane = file.plane({ level });
    const [width, height] = [Math.min(plane.width, 512), Math.min(plane.height, 512)];
    await plane.read({ x: plane.width - width, y: plane.height - height, width, height });
  }
}

describe('a file is damaged', () => {
  const page = plainPage(4, 4, new Uint8Array(16));
  const tiled = (tags = {}) => ({
    tags: { ...plainTags(4, 4), 322: short(16), 323: short(16), ...tags },
    blocks: [new Uint8Array(256)],
  });
  const files: [string, BuiltFile | Uint8Array<ArrayBuffer>, RegExp][] = [
    ['that is empty', new Uint8Array(), /does not begin as a TIFF/],
    ['that is another', new TextEncoder().encode('II is no TIFF file'), /its version should be 42/],
    ['that ends in its header', Uint8Array.of(0x49, 0x49, 43, 0, 8, 0, 0, 0), /ends within its header/],
    ['without pages', { pages: [] }, /has no pages/],
    ['whose directories form a loop', { pages: [page, page, page], loopsTo: 1 }, /form a loop/],
    ['whose directory is its own successor', { pages: [page], loopsTo: 0, isBig: true }, /form a loop/],
    ['whose page has no width', { pages: [plainPage(0, 4, new Uint8Array(16))] }, /should have pixels, and is 0×4/],
    ['whose pixels have no samples', { pages: [plainPage(4, 4, new Uint8Array(16), { 277: short(0) })] }, /and has 0/],
    ['whose tiles have no width', { pages: [tiled({ 322: short(0) })] }, /its tiles should have pixels/],
    [
      'whose strips have no rows',
      { pages: [plainPage(4, 4, new Uint8Array(16), { 278: long(0) })] },
      /its strips should have/,
    ],
    [
      'that lacks strips',
      { pages: [plainPage(4, 4, new Uint8Array(16), { 278: long(1) })] },
      /needs 4 strips or tiles, and lists 1/,
    ],
    ['that lacks tiles', { pages: [tiled({ 256: long(40) })] }, /needs 3 strips or tiles, and lists 1/],
    [
      'whose strip lies outside',
      { pages: [{ ...page, offsets: [99_999] }] },
      /should be 16 bytes at 99999, but the file ends/,
    ],
    ['whose strip is longer than the file', { pages: [{ ...page, lengths: [99_999] }] }, /should be|ends at/],
    [
      'whose strip is too short',
      { pages: [{ ...page, lengths: [15] }] },
      /should hold 16 bytes of samples, and has 15/,
    ],
    [
      'whose planes are neither together nor apart',
      { pages: [plainPage(4, 4, new Uint8Array(16), { 284: short(3) })] },
      /planar configuration/,
    ],
    [
      'whose colours are too few',
      { pages: [plainPage(4, 4, new Uint8Array(16), { 262: short(2) })] },
      /RGB and have 1 samples/,
    ],
    [
      'whose palette is too short',
      { pages: [plainPage(4, 4, new Uint8Array(16), { 262: short(3), 320: short(1, 2, 3) })] },
      /should have 768 values, and has 3/,
    ],
    [
      'whose whole numbers have a predictor for others',
      {
        pages: [
          {
            tags: { ...plainTags(1, 1), 259: short(8), 317: short(3) },
            blocks: [Uint8Array.of(0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1)],
          },
        ],
      },
      /floating-point predictor/,
    ],
  ];
  for (const [what, file, message] of files) {
    test(what, async () => {
      const bytes = file instanceof Uint8Array ? file : buildTiff(file);
      await assert.rejects(readAll(bytes), isInvalid(message));
    });
  }
});

describe('nothing is allocated that a file only claims', () => {
  // More than any browser gives: were it allocated, the error would be another one.
  for (const [what, tags] of [
    ['pixels', { 256: long(2 ** 16 - 1), 257: long(2 ** 16), 278: long(2 ** 16) }],
    ['deflated pixels', { 256: long(20_000), 257: long(20_000), 278: long(20_000), 259: short(8) }],
    [
      'pixels of a bit by LZW',
      { 256: long(60_000), 257: long(60_000), 278: long(60_000), 259: short(5), 258: short(1) },
    ],
    ['pixels of a tile', { 322: long(30_000), 323: long(30_000), 259: short(50_000) }],
    ['samples', { 277: short(1024), 256: long(60_000), 257: long(60_000), 284: short(1), 278: long(1) }],
    ['pages of ImageJ', { 270: 'ImageJ=1.54f\nimages=2000000000\nslices=2000000000\n' }],
    ['pages of tifffile', { 270: '{"shape": [2000000000, 4, 4], "truncated": true}' }],
    ['more pixels than can be counted', { 256: long(2 ** 32 - 1), 257: long(2 ** 32 - 1) }],
  ] as const) {
    test(what, async () => {
      const file = buildTiff({ pages: [plainPage(4, 4, new Uint8Array(16), tags)] });
      const read = async () => {
        const plane = (await openTiff(file)).plane();
        await plane.read({ x: 0, y: 0, width: plane.width, height: plane.height });
      };
      await assert.rejects(read(), (error) => hasCode(error, 'invalid-input'));
    });
  }
});

const TRIED = [
  'deflate-predictor2-be-u16.tif',
  'lzw-predictor2-rgb-u8.tif',
  'jpeg-tiled-ycbcr-u8.tif',
  'zstd-tiled-u16.tif',
  'packbits-u8.tif',
  'ome-channels-u16.tif',
  'imagej-hyperstack-u16.tif',
  'pyramid-sub-ifds-u16.tif',
  'bigtiff-be-u16.tif',
  'palette-u8.tif',
];

for (const name of TRIED) {
  test(`${name}, cut off anywhere, is read or refused`, async () => {
    const bytes = read(name);
    let refused = 0;
    for (let length = 0; length < bytes.length; length += Math.max(1, Math.floor(bytes.length / 150))) {
      refused += await outcome(bytes.slice(0, length));
    }
    assert.ok(refused > 10);
  });

  test(`${name}, with bytes changed anywhere, is read or refused`, async () => {
    const bytes = read(name);
    const random = seeded(name.length);
    // Most bytes are samples; directories are at one end or the other.
    const place = () =>
      Math.floor(random() < 0.5 ? random() * bytes.length : (random() < 0.5 ? 0 : bytes.length - 400) + random() * 400);
    for (let round = 0; round < 300; round++) {
      const changed = bytes.slice();
      for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
        changed[place() % bytes.length] = [0, 1, 255, 128, Math.floor(random() * 256)][Math.floor(random() * 5)];
      }
      await outcome(changed);
    }
  });
}

/** Whether a file is refused, which must be with a code of the package. */
async function outcome(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  try {
    await readAll(bytes);
    return 0;
  } catch (error) {
    assert.ok(hasCode(error, 'invalid-input'), String((error as Error).stack));
    return 1;
  }
}
