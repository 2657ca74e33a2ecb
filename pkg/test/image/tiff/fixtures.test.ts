import assert from 'node:assert/strict';
import { openAsBlob, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RawImage } from '../../../src/image/raw-image.ts';
import { openTiff } from '../../../src/tiff.ts';
import { isInvalid } from '../../fixtures.ts';

/** What tifffile reads of a file; tests/image/tiff/README.md says what the fields are. */
interface Expected {
  refused?: string;
  width: number;
  height: number;
  pages: number;
  z: number;
  t: number;
  channels: number;
  channelNames: string[] | null;
  format: 'u8' | 'u16' | 'f32';
  rgb: boolean;
  pixelSize: number | null;
  levels: [number, number][];
  tolerance: number;
  planes: { min: number; max: number; mean: number }[][];
  pixels: { page: number; channel: number; y: number; x: number; value: number }[];
}

const folder = new URL('../../../../tests/image/tiff/', import.meta.url);
const expected: Record<string, Expected> = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
const SAMPLES = { u8: Uint8Array, u16: Uint16Array, f32: Float32Array };
const open = async (name: string) => openTiff(await openAsBlob(fileURLToPath(new URL(name, folder))));

/** A sample of an image. */
function sampleOf({ data, width, height, channels = 1, layout }: RawImage, channel: number, at: number): number {
  return data[layout === 'planar' ? channel * width * height + at : at * channels + channel];
}

assert.ok(Object.keys(expected).length > 50);
for (const [name, file] of Object.entries(expected)) {
  if (file.refused) {
    test(`${name} is refused, by what it has`, async () => {
      await assert.rejects(
        async () => {
          const plane = (await open(name)).plane();
          await plane.read({ x: 0, y: 0, width: plane.width, height: plane.height });
        },
        isInvalid(new RegExp(file.refused ?? '')),
      );
    });
    continue;
  }
  describe(`of ${name} tifffile’s are`, () => {
    const { width, height, channels, tolerance } = file;
    const exact = file.format === 'f32' ? Math.fround : Number;

    test('the sizes, axes and names', async () => {
      const opened = await open(name);
      const { pages, z, t, levels } = opened;
      assert.deepEqual(
        { width: opened.width, height: opened.height, channels: opened.channels, pages, z, t },
        {
          ...{ width, height, channels, pages: file.pages, z: file.z, t: file.t },
        },
      );
      assert.deepEqual(
        levels.map((level) => [level.width, level.height]),
        file.levels,
      );
      const names = opened.channelNames;
      if (file.rgb) assert.deepEqual(names?.slice(0, 3), ['red', 'green', 'blue']);
      else assert.deepEqual(names ?? null, file.channelNames);
      const { pixelSize = null } = opened;
      if (file.pixelSize === null) assert.equal(pixelSize, null);
      else assert.ok(Math.abs((pixelSize ?? 0) / file.pixelSize - 1) < 1e-6, `${pixelSize}`);
    });

    test('the samples of all planes', async () => {
      const opened = await open(name);
      for (let page = 0; page < file.planes.length; page++) {
        const plane = opened.plane({ page });
        const image = await plane.read({ x: 0, y: 0, width: plane.width, height: plane.height });
        assert.equal(image.data.constructor, SAMPLES[file.format]);
        for (let channel = 0; channel < channels; channel++) {
          let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
          const count = plane.width * plane.height;
          for (let at = 0; at < count; at++) {
            const value = sampleOf(image, channel, at);
            if (!Number.isFinite(value)) continue;
            [min, max, sum] = [Math.min(min, value), Math.max(max, value), sum + value];
          }
          const wanted = file.planes[page][channel];
          const where = `page ${page}, channel ${channel}`;
          const scale = Math.max(1, Math.abs(wanted.mean));
          assert.ok(Math.abs(min - exact(wanted.min)) <= tolerance, `${where}: min ${min}, ${wanted.min}`);
          assert.ok(Math.abs(max - exact(wanted.max)) <= tolerance, `${where}: max ${max}, ${wanted.max}`);
          assert.ok(
            Math.abs(sum / count - wanted.mean) <= tolerance + 1e-5 * scale,
            `${where}: mean ${sum / count}, ${wanted.mean}`,
          );
        }
        for (const pixel of file.pixels.filter((pixel) => pixel.page === page)) {
          const value = sampleOf(image, pixel.channel, pixel.y * plane.width + pixel.x);
          assert.ok(Math.abs(value - exact(pixel.value)) <= tolerance, `${JSON.stringify(pixel)}: ${value}`);
        }
      }
    });
  });
}
