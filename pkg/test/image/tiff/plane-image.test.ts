import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { hasCode } from '../../../src/errors.ts';
import { openTiff } from '../../../src/tiff.ts';
import { isInvalid, seeded } from '../../fixtures.ts';
import { buildTiff, long, plainPage, plainTags, short } from './tiff-builder.ts';

const read = (name: string) => readFileSync(new URL(`../../../../tests/image/tiff/${name}`, import.meta.url));

/** A Blob that counts the bytes that are read of it. */
class CountedBlob extends Blob {
  bytesRead = 0;

  override slice(start?: number, end?: number): Blob {
    const part = super.slice(start, end);
    this.bytesRead += part.size;
    return part;
  }
}

describe('any region is that of the whole plane', () => {
  for (const name of [
    'imagetiff_tiled-rgb-u8.tif',
    'imagetiff_planar-rgb-u8.tif',
    'planar-tiled-rgb-u8.tif',
    'rgba-u16.tif',
    'ome-channels-u16.tif',
    'cp_speckles_nuclei_1-162hrhoe2.tif',
    '12-bit.tif',
    'deflate-predictor3-be-f32.tif',
  ]) {
    test(name, async () => {
      const plane = (await openTiff(new Blob([read(name)]))).plane();
      const { width, height, channels } = plane;
      const whole = await plane.read({ x: 0, y: 0, width, height });
      const random = seeded(3);
      const upTo = (most: number) => Math.floor(random() * most);
      for (let round = 0; round < 12; round++) {
        const [x, y] = [upTo(width), upTo(height)];
        const region = { x, y, width: 1 + upTo(width - x), height: 1 + upTo(height - y) };
        const part = await plane.read(region);
        assert.equal(part.layout, whole.layout);
        const [step, own, all] =
          part.layout === 'planar' ? [1, region.width * region.height, width * height] : [channels, 1, 1];
        for (let count = 0; count < 200; count++) {
          const [column, row, channel] = [upTo(region.width), upTo(region.height), upTo(channels)];
          const at = (row * region.width + column) * step + channel * own;
          const wanted = ((y + row) * width + x + column) * step + channel * all;
          assert.equal(part.data[at], whole.data[wanted], JSON.stringify({ region, column, row, channel }));
        }
      }
    });
  }
});

test('a region outside the plane is refused', async () => {
  const plane = (await openTiff(read('tiled-u16.tif'))).plane();
  await assert.rejects(
    plane.read({ x: 60, y: 0, width: 2, height: 1 }),
    isInvalid(/must lie inside the image of 61×47/),
  );
});

test('pages that differ do not form an image, but can be read', async () => {
  const file = await openTiff(read('pages-of-two-sizes.tif'));
  assert.throws(
    () => file.plane({ projection: 'max' }),
    isInvalid(/do not form one image: one has 61×47 .* another 33×29/),
  );
  assert.equal(file.plane({ page: 1 }).width, 33);
});

describe('of an image of 20,000×20,000 pixels', () => {
  /** Tiles of 512×512 pixels, of which there are sixteen different ones. */
  const side = 20_000;
  const columns = Math.ceil(side / 512);
  const kinds = Array.from({ length: 16 }, (_, kind) =>
    deflateSync(new Uint8Array(new Uint16Array(512 * 512).map((_, at) => kind * 1000 + (at % 512)).buffer)),
  );
  const kindOf = (column: number, row: number) => (column * 5 + row * 3) % 16;
  const build = () => {
    // All tiles of a kind are at one place, so that the file is small and the image is not.
    const first = buildTiff({ pages: [{ tags: { ...plainTags(1, 1), 322: long(512) }, blocks: kinds }] });
    const places = kinds.map((kind) => Buffer.from(first).indexOf(kind));
    const index = Array.from({ length: columns ** 2 }, (_, at) => kindOf(at % columns, Math.floor(at / columns)));
    return buildTiff({
      pages: [
        {
          tags: { ...plainTags(side, side, 16), 259: short(8), 322: long(512), 323: long(512) },
          blocks: kinds,
          offsets: index.map((kind) => places[kind]),
          lengths: index.map((kind) => kinds[kind].length),
        },
      ],
    });
  };

  test('a region reads no more of the file than its tiles', async () => {
    const blob = new CountedBlob([build()]);
    const plane = (await openTiff(blob)).plane();
    const opened = blob.bytesRead;
    assert.ok(opened < 20_000, `${opened}`);
    const [x, y] = [10_000, 15_000];
    const { data, width } = await plane.read({ x, y, width: 700, height: 600 });
    const tiles = 2 * 3;
    const index = 2 * columns ** 2 * 4;
    assert.ok(blob.bytesRead - opened <= tiles * Math.max(...kinds.map((kind) => kind.length)) + index);
    for (const [column, row] of [
      [0, 0],
      [699, 599],
      [300, 400],
    ]) {
      const tile = kindOf(Math.floor((x + column) / 512), Math.floor((y + row) / 512));
      assert.equal(data[row * width + column], tile * 1000 + ((x + column) % 512));
    }
    const again = blob.bytesRead;
    await plane.read({ x: x + 10, y: y + 10, width: 100, height: 100 });
    assert.equal(blob.bytesRead, again, 'tiles that were just read are kept');
  });

  test('all can be read piece by piece, in memory for a few tiles', async () => {
    const plane = (await openTiff(new Blob([build()]))).plane();
    let [sum, most] = [0, 0];
    for (let y = 0; y < side; y += 2000) {
      for (let x = 0; x < side; x += 4000) {
        const { data } = await plane.read({ x, y, width: 4000, height: 2000 });
        sum += data[0];
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
    }
    assert.ok(sum > 0);
    assert.ok(most < 500 * 2 ** 20, `${most} bytes`);
  });

  test('a read ends when its signal fires', async () => {
    const plane = (await openTiff(new Blob([build()]))).plane();
    const controller = new AbortController();
    const reading = plane.read({ x: 0, y: 0, width: side, height: 5000 }, { signal: controller.signal });
    setTimeout(() => controller.abort('enough'), 5);
    await assert.rejects(reading, (error) => hasCode(error, 'aborted') && error.cause === 'enough');
  });
});

test('of a strip that is not compressed only the rows are read', async () => {
  const [width, height] = [1000, 4000];
  const page = plainPage(
    width,
    height,
    new Uint8Array(width * height).map((_, at) => Math.floor(at / width) % 251),
  );
  const blob = new CountedBlob([buildTiff({ pages: [page] })]);
  const plane = (await openTiff(blob)).plane();
  const { data } = await plane.read({ x: 500, y: 3000, width: 2, height: 2 });
  assert.deepEqual([...data], [3000 % 251, 3000 % 251, 3001 % 251, 3001 % 251]);
  assert.ok(blob.bytesRead < 1.2e6, `${blob.bytesRead}`);
});

test('neighbours that are read at the same time share what they decode', async () => {
  const blob = new CountedBlob([read('imagetiff_tiled-rgb-u8.tif')]);
  const plane = (await openTiff(blob)).plane();
  const region = { x: 0, y: 0, width: 10, height: 10 };
  const [one, other] = await Promise.all([plane.read(region), plane.read(region)]);
  assert.deepEqual(one.data, other.data);
  const twice = blob.bytesRead;
  const alone = new CountedBlob([read('imagetiff_tiled-rgb-u8.tif')]);
  await (await openTiff(alone)).plane().read(region);
  assert.equal(twice, alone.bytesRead);
});
