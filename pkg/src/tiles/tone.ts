import { MaskRcnnError } from '../errors.js';
import type { Pixels, SendableImage } from '../image/pixels.js';
import type { Region } from '../image/region-image.js';
import type { TileSource } from './tile-source.js';

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
