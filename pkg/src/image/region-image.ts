import { checkNumber, checkObject } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import type { RawImage } from './raw-image.js';

/** A rectangle of an image, in whole pixels. */
export interface Region {
  /** The first column, from 0. */
  x: number;
  /** The first row, from 0. */
  y: number;
  /** Width in pixels, 1 or more. */
  width: number;
  /** Height in pixels, 1 or more. */
  height: number;
}

/**
 * An image of any size that is read one rectangle at a time, so that it need never be in memory as a whole: a plane of a
 * TIFF file, or what an application reads from a server.
 */
export interface RegionImage {
  /** Width in pixels. A side may be longer than that of an image in memory; there may be 2³² − 1 pixels in all. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Number of channels, 1 to 1024. */
  readonly channels: number;
  /** The channels' names, one for each channel, where they are known. */
  readonly channelNames?: readonly string[] | undefined;
  /** Length of a pixel's side in micrometres, more than 0, where it is known. */
  readonly pixelSize?: number | undefined;
  /**
   * The samples of a rectangle, which lies inside the image. All rectangles of an image have samples of the same type and
   * the same channels.
   */
  read(region: Region, options?: ReadOptions): Promise<RawImage>;
}

/** What a read of a {@link RegionImage} takes besides the rectangle. */
export interface ReadOptions {
  /** Ends the read early, with an error of the code `aborted`. */
  signal?: AbortSignal | undefined;
}

/** Whether a value has the form of an image that is read by region. */
export function isRegionImage(source: unknown): source is RegionImage {
  if (typeof source !== 'object' || source === null) return false;
  try {
    const { width, height, channels, read } = source as Partial<RegionImage>;
    return typeof read === 'function' && [width, height, channels].every((value) => typeof value === 'number');
  } catch {
    // A Proxy around one of the browser's own objects, whose fields cannot be read.
    return false;
  }
}

/** @throws `invalid-input` unless the rectangle has pixels, and all of them lie inside the image */
export function checkRegion(region: Region, image: { width: number; height: number }): void {
  checkObject(region, 'the region');
  const { x, y, width, height } = region;
  for (const [name, value, min] of [
    ['x', x, 0],
    ['y', y, 0],
    ['width', width, 1],
    ['height', height, 1],
  ] as const) {
    // A missing field is not a number either.
    checkNumber(value ?? Number.NaN, `the region's ${name}`, { min, isWhole: true });
  }
  if (x + width <= image.width && y + height <= image.height) return;
  throw new MaskRcnnError(
    'invalid-input',
    `the region of ${width}×${height} pixels at (${x}, ${y}) must lie inside the image of ${image.width}×${image.height}`,
  );
}
