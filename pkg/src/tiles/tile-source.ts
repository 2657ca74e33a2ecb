import { unlessAborted } from '../abort.js';
import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { AS_STORED, type Pixels, type SendableImage, sizeOfImage, TAINTED } from '../image/pixels.js';
import { copyRawImage } from '../image/raw-image.js';
import type { Region, RegionImage } from '../image/region-image.js';

/** An image, of whatever kind, whose tiles are read one at a time. */
export interface TileSource {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** The pixels of a rectangle, which the caller may hand over to an engine. */
  read(region: Region, signal?: AbortSignal): Promise<SendableImage>;
  /** Frees what the image takes. */
  close(): void;
}

/** The tiles of an image in memory, which is the source's own from then on. */
export function tilesOfImage(image: SendableImage): TileSource {
  return 'data' in image ? tilesOfPixels(image) : tilesOfBitmap(image);
}

/** The tiles of an image that is read by region. */
export function tilesOfRegions(image: RegionImage): TileSource {
  const { width, height } = image;
  let form: string | undefined;
  return {
    width,
    height,
    async read(region, signal) {
      const pixels = copyRawImage(await unlessAborted(image.read(region, { signal }), signal));
      if (pixels.width !== region.width || pixels.height !== region.height) {
        throw new MaskRcnnError(
          'invalid-input',
          `the image's read() was asked for ${region.width}×${region.height} pixels and gave ${pixels.width}×${pixels.height}`,
        );
      }
      const found = `${pixels.channels} channels of ${kindOf(pixels.data)}`;
      form ??= found;
      if (found === form) return pixels;
      throw new MaskRcnnError('invalid-input', `the image's read() gave ${form} at first and ${found} later`);
    },
    close() {},
  };
}

function tilesOfBitmap(bitmap: ImageBitmap | VideoFrame): TileSource {
  const { width, height } = sizeOfImage(bitmap);
  return {
    width,
    height,
    async read({ x, y, width, height }) {
      try {
        return await createImageBitmap(bitmap, x, y, width, height, AS_STORED);
      } catch (cause) {
        if (cause instanceof DOMException && cause.name === 'SecurityError')
          throw new MaskRcnnError('invalid-input', TAINTED, { cause });
        throw new MaskRcnnError(
          'out-of-memory',
          `a tile of ${width}×${height} pixels cannot be copied from the image: ${cause}`,
          { cause },
        );
      }
    },
    close: () => bitmap.close(),
  };
}

function tilesOfPixels(image: Pixels): TileSource {
  const { width, height } = image;
  return { width, height, read: async (region) => cropPixels(image, region), close() {} };
}

/** A copy of the samples in a rectangle, which lies inside the image. */
export function cropPixels(image: Pixels, { x, y, width, height }: Region): Pixels {
  const { channels = 4, layout = 'interleaved' } = image;
  // A planar image is as many images of one channel, one below the other.
  const [planes, step] = layout === 'planar' ? [channels, 1] : [1, channels];
  const data = new (image.data.constructor as typeof Uint8Array)(width * height * channels) as Pixels['data'];
  let to = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let row = y; row < y + height; row++) {
      const from = ((plane * image.height + row) * image.width + x) * step;
      data.set(image.data.subarray(from, from + width * step) as typeof image.data & Uint8Array, to);
      to += width * step;
    }
  }
  return { ...image, width, height, data };
}
