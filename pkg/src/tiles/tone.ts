import { MaskRcnnError } from '../errors.js';
import type { Pixels, SendableImage } from '../image/pixels.js';
import type { Region } from '../image/region-image.js';
import type { TileSource } from './tile-source.js';

/** The maximum number of samples, pixels by channels, of an image whose tone is measured on all of it. */
const MAX_SAMPLES = 2 ** 28;

/** The tone of larger images is measured on this many rows and columns of regions, evenly spread. */
const GRID = 4;

/** The side of each region in pixels. */
const REGION_SIDE = 512;

/** What of an image its tone is measured on. */
export function toneRegions(size: { width: number; height: number }, channels: number): Region[] {
  const { width, height } = size;
  if (width * height * channels <= MAX_SAMPLES && Math.max(width, height) <= 16384)
    return [{ x: 0, y: 0, width, height }];
  const columns = spread(width);
  return spread(height).flatMap((row) =>
    columns.map((column) => ({ x: column.start, y: row.start, width: column.length, height: row.length })),
  );
}

/** An image for the engine to measure the tone on: the regions, one below the other. */
export async function toneImage(
  source: TileSource,
  regions: readonly Region[],
  signal: AbortSignal | undefined,
): Promise<SendableImage> {
  const parts: SendableImage[] = [];
  // One after the other: neighbours are often in the same part of a file, which is then read once.
  for (const region of regions) parts.push(await source.read(region, signal));
  const [first] = parts;
  if (!first) throw new MaskRcnnError('internal', 'the tone has no regions');
  if (parts.length === 1) return first;
  return 'data' in first ? stackPixels(parts as Pixels[]) : stackBitmaps(parts as ImageBitmap[]);
}

function spread(length: number): { start: number; length: number }[] {
  const part = Math.min(REGION_SIDE, length);
  const count = Math.min(GRID, Math.ceil(length / REGION_SIDE));
  // In the middle of as many parts of equal length.
  const start = (index: number) => Math.round(((index + 0.5) * length) / count - part / 2);
  return Array.from({ length: count }, (_, index) => ({
    start: Math.min(Math.max(start(index), 0), length - part),
    length: part,
  }));
}

/** Images of one width, type and layout, one below the other. */
export function stackPixels(parts: readonly Pixels[]): Pixels {
  const first = parts[0] as Pixels;
  const { width, channels = 4, layout } = first;
  const height = parts.reduce((sum, part) => sum + part.height, 0);
  const data = new (first.data.constructor as typeof Uint8Array)(width * height * channels) as Pixels['data'];
  const planes = layout === 'planar' ? channels : 1;
  let to = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (const part of parts) {
      const length = part.data.length / planes;
      data.set(part.data.subarray(plane * length, (plane + 1) * length) as Pixels['data'] & Uint8Array, to);
      to += length;
    }
  }
  return { ...first, height, data };
}

function stackBitmaps(parts: readonly ImageBitmap[]): ImageBitmap {
  const [width, height] = [(parts[0] as ImageBitmap).width, parts.reduce((sum, part) => sum + part.height, 0)];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context)
    throw new MaskRcnnError('out-of-memory', `the browser could not create a canvas of ${width}×${height} pixels`);
  let y = 0;
  for (const part of parts) {
    context.drawImage(part, 0, y);
    y += part.height;
    part.close();
  }
  return canvas.transferToImageBitmap();
}
