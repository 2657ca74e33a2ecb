import type { RawImage, Region, RegionImage } from 'maskrcnn-web';
import { MAX_OVERVIEW } from './opened-image.js';

/** Images with at most this many pixels are read at once. */
const MAX_WHOLE = 1 << 24;
/** Side of the parts in which larger ones are read, a multiple of what files are tiled by. */
const PART = 2048;

/** A small image of all of one that is read by region: the mean of each square of pixels, in raw samples. */
export async function readOverview(
  image: RegionImage,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<RawImage> {
  const { width, height, channels, channelNames } = image;
  const step = Math.ceil(Math.max(width, height) / MAX_OVERVIEW);
  if (step === 1 && width * height <= MAX_WHOLE) return image.read({ x: 0, y: 0, width, height }, { signal });
  const size = { width: Math.ceil(width / step), height: Math.ceil(height / step) };
  const data = new Float32Array(size.width * size.height * channels);
  // Parts begin at multiples of the step, so that no square is in two of them.
  const side = Math.max(1, Math.floor(PART / step)) * step;
  let isWhole = true;
  for (let y = 0; y < height; y += side) {
    for (let x = 0; x < width; x += side) {
      const region = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
      const part = await image.read(region, { signal });
      isWhole &&= !(part.data instanceof Float32Array);
      addMeans(data, size.width, part, { region, step });
      onProgress((y * width + Math.min(height - y, side) * (x + region.width)) / (width * height));
    }
  }
  const samples = isWhole ? Uint16Array.from(data) : data;
  return { ...size, channels, data: samples, ...(channelNames && { channelNames: [...channelNames] }) };
}

/** Writes the mean of each square of a part to its place in the overview, whose channels are interleaved. */
function addMeans(
  overview: Float32Array,
  overviewWidth: number,
  part: RawImage,
  { region, step }: { region: Region; step: number },
): void {
  const { data, width, height, channels = 4, layout } = part;
  const [pixelStride, channelStride] = layout === 'planar' ? [1, width * height] : [channels, 1];
  for (let channel = 0; channel < channels; channel++) {
    for (let top = 0; top < height; top += step) {
      const row = ((region.y + top) / step) * overviewWidth + region.x / step;
      for (let left = 0, column = 0; left < width; left += step, column++) {
        const [bottom, right] = [Math.min(height, top + step), Math.min(width, left + step)];
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          const from = (y * width + left) * pixelStride + channel * channelStride;
          const to = from + (right - left) * pixelStride;
          for (let at = from; at < to; at += pixelStride) sum += data[at] as number;
        }
        overview[(row + column) * channels + channel] = sum / ((bottom - top) * (right - left));
      }
    }
  }
}
