import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { hasCode } from '../../src/errors.ts';
import { openImage } from '../../src/image/open-image.ts';
import { kindOfFile, SIGNATURE_BYTES } from '../../src/image/signature.ts';
import { isInvalid } from '../fixtures.ts';

const fixture = (name: string) => readFileSync(new URL(`../../../tests/image/tiff/${name}`, import.meta.url));
const picture = (name: string) => readFileSync(new URL(`../../../tests/chromium/pictures/${name}`, import.meta.url));

/** A chunk of a PNG. */
function chunk(name: string, data: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, sum]);
}

/** A PNG of samples, which are stored without a filter. */
function png(width: number, height: number, samples: number[], { bits = 16, type = 0, rows = height } = {}): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, type], 8);
  const data = Buffer.alloc(samples.length * (bits / 8));
  samples.forEach((value, index) => {
    data.writeUIntBE(value, (index * bits) / 8, bits / 8);
  });
  const rowBytes = data.length / rows;
  const filtered = Array.from({ length: rows }, (_, row) =>
    Buffer.concat([Buffer.of(0), data.subarray(row * rowBytes, (row + 1) * rowBytes)]),
  );
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  const image = deflateSync(Buffer.concat(filtered));
  // In two parts, as larger files are.
  const parts = [chunk('IDAT', image.subarray(0, 5)), chunk('IDAT', image.subarray(5))];
  return Buffer.concat([signature, chunk('IHDR', header), ...parts, chunk('IEND', Buffer.alloc(0))]);
}

describe('the kind of a file is known from its first bytes:', () => {
  for (const [what, bytes, kind] of [
    ['a TIFF, lowest byte first', fixture('tiled-u16.tif'), 'tiff'],
    ['a TIFF, highest byte first', fixture('BBBC007_A9_p7d.tif'), 'tiff'],
    ['a BigTIFF', fixture('imagetiff_BigTIFF.tif'), 'tiff'],
    ['a PNG of 16 bits', png(1, 1, [7]), 'png16'],
    ['a PNG of 8 bits', png(1, 1, [7], { bits: 8 }), undefined],
    ['a photograph', Buffer.of(0xff, 0xd8, 0xff, 0xe0), undefined],
    ['nothing', Buffer.alloc(0), undefined],
    ['a text that begins alike', Buffer.from('II*'), undefined],
  ] as const) {
    test(what, () => assert.equal(kindOfFile(bytes.subarray(0, SIGNATURE_BYTES)), kind));
  }
});

test('what the browser reads is left to it', async () => {
  const others = [
    new Blob([picture('tiny.png')]),
    new Blob(['text']),
    new Blob(),
    {},
    undefined,
    new Uint8Array(9),
    'a.tif',
  ];
  for (const other of others) assert.equal(await openImage(other), undefined);
});

describe('a TIFF', () => {
  const blob = new Blob([fixture('imagej-hyperstack-u16.tif')]);

  test('is opened at the plane that is asked for', async () => {
    const image = await openImage(blob, { z: 2, t: 1 });
    assert.ok(image);
    const { width, height, channels, pixelSize, format } = image;
    assert.deepEqual(
      { width, height, channels, pixelSize, format },
      {
        ...{ width: 61, height: 47, channels: 2, pixelSize: 0.2, format: 'tiff' },
      },
    );
    const first = await openImage(blob);
    const region = { x: 0, y: 0, width, height };
    assert.notDeepEqual((await image.read(region)).data, (await first?.read(region))?.data);
    image.close();
    image.close();
  });

  test('says which planes it has', async () => {
    await assert.rejects(openImage(blob, { z: 3 }), isInvalid(/there is no z 3: the TIFF file has 0 to 2/));
    await assert.rejects(openImage(blob, { page: 1, t: 0 }), isInvalid(/either page or t/));
  });
});

describe('a PNG of 16 bits', () => {
  const open = (bytes: Uint8Array, options = {}) => openImage(new Blob([new Uint8Array(bytes)]), options);
  const whole = { x: 0, y: 0, width: 2, height: 2 };

  test('keeps them', async () => {
    const image = await open(png(2, 2, [0, 1, 258, 65535]));
    assert.ok(image);
    assert.deepEqual([image.width, image.height, image.channels, image.format], [2, 2, 1, 'png']);
    assert.deepEqual((await image.read(whole)).data, Uint16Array.of(0, 1, 258, 65535));
    assert.deepEqual((await image.read({ x: 1, y: 0, width: 1, height: 2 })).data, Uint16Array.of(1, 65535));
    await assert.rejects(image.read({ x: 1, y: 1, width: 2, height: 1 }), isInvalid(/must lie inside/));
  });

  test('of colours has their names, and no transparency', async () => {
    for (const [type, channels, names] of [
      [2, 3, ['red', 'green', 'blue']],
      [6, 3, ['red', 'green', 'blue']],
      [4, 1, undefined],
    ] as const) {
      const stored = { 2: 3, 4: 2, 6: 4 }[type];
      const image = await open(
        png(
          2,
          2,
          Array.from({ length: 4 * stored }, (_, at) => at * 1000),
          { type },
        ),
      );
      assert.deepEqual([image?.channels, image?.channelNames], [channels, names]);
      const wanted = Array.from(
        { length: 4 * channels },
        (_, at) => (Math.floor(at / channels) * stored + (at % channels)) * 1000,
      );
      assert.deepEqual([...((await image?.read(whole))?.data ?? [])], wanted);
    }
  });

  test('has one plane only', async () => {
    const image = await open(png(2, 2, [1, 2, 3, 4]), { z: 0, t: 0 });
    assert.ok(image);
    await assert.rejects(open(png(2, 2, [1, 2, 3, 4]), { page: 1 }), isInvalid(/page is 1; .* has only 0/));
  });

  describe('is damaged', () => {
    const good = png(20, 20, new Array(400).fill(3));
    const bad = good.map((byte, at) => (at === 60 ? byte ^ 255 : byte));
    for (const [what, bytes, message] of [
      ['when it ends in its header', good.subarray(0, 30), /ends within its header/],
      ['when it is cut off', good.subarray(0, 50), /are not the \d+ bytes/],
      ['when a byte is wrong', Buffer.from(bad), /damaged/],
      [
        'when it has fewer pixels than it says',
        png(20, 20, new Array(300).fill(3), { rows: 15 }),
        /20×20 pixels are not the 615 bytes/,
      ],
      [
        'when it has far more pixels than it says',
        png(20, 20, new Array(4e6).fill(3), { rows: 2000 }),
        /20×20 pixels are not/,
      ],
      ['when it only says how large it is', png(30_000, 10_000, [1], { rows: 1 }), /30000×10000 pixels are not/],
      ['when its colours are unknown', png(2, 2, [1, 2, 3, 4], { type: 5 }), /header is not valid/],
      ['when it has no pixels', png(0, 2, [1, 2], { rows: 2 }), /header is not valid/],
    ] as const) {
      test(what, async () => {
        await assert.rejects(open(bytes), isInvalid(message));
      });
    }
  });

  test('may be too large to be decoded as a whole', async () => {
    await assert.rejects(
      open(png(60_000, 60_000, [1], { rows: 1 })),
      isInvalid(/60000×60000 pixels, .*save it as a tiled TIFF/),
    );
  });

  test('is not decoded when its signal has fired', async () => {
    const signal = AbortSignal.abort('enough');
    await assert.rejects(open(png(1, 1, [7]), { signal }), (error) => hasCode(error, 'aborted'));
  });
});
