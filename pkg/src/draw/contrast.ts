import { checkNumber, checkObject, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { checkRawImage, type RawImage } from '../image/raw-image.js';

/** Which samples of an image are shown black, and which white. */
export interface Contrast {
  /** This sample, and smaller ones, are black. */
  black: number;
  /** This sample, and larger ones, are white; greater than `black`. */
  white: number;
}

/** What {@link measureContrast} takes. */
export interface MeasureContrastOptions {
  /** The channels that count, from 0; as {@link ToImageDataOptions.channels} by default. */
  channels?: readonly number[];
  /** The share of the samples, 0 to 1, that becomes black; 0.01 by default. */
  low?: number;
  /** The share of the samples, 0 to 1, that stays below white; 0.998 by default. */
  high?: number;
}

/** What {@link toImageData} takes. */
export interface ToImageDataOptions {
  /**
   * The channels that are shown, from 0: one in grey, or three as red, green and blue. By default the colours of an image
   * that has them, by their names or as three channels without any; of any other the first channel.
   */
  channels?: readonly number[];
  /** Which samples are black and white; by default samples of 8 bits as they are, others by {@link measureContrast}. */
  contrast?: Contrast;
}

/** The maximum number of pixels that are looked at to measure the contrast; more would change nothing that is seen. */
const MAX_MEASURED = 1 << 20;

/**
 * Measures which samples to show black and white, so that an image of 16 bits or of any unit can be seen. All channels
 * have the same, so that hues stay. Samples that are not finite are left out; a very large image is measured on pixels
 * spread evenly.
 *
 * @throws `invalid-input` for an image or an option that is not valid
 */
export function measureContrast(image: RawImage, options: MeasureContrastOptions = {}): Contrast {
  checkRawImage(image);
  checkObject(options, 'the options');
  const { low = 0.01, high = 0.998 } = options;
  checkNumber(low, 'low', { max: 1 });
  checkNumber(high, 'high', { max: 1 });
  const step = Math.ceil((image.width * image.height) / MAX_MEASURED);
  const places = channelsOf(image, options.channels).map((channel) => placeOf(image, channel));
  const { data } = image;
  const count = Math.floor((image.width * image.height - 1) / step) + 1;
  const samples = new Float32Array(count * places.length);
  let length = 0;
  for (const { first, stride } of places) {
    for (let i = 0; i < count; i++) {
      const sample = data[first + i * step * stride] as number;
      if (Number.isFinite(sample)) samples[length++] = sample;
    }
  }
  const sorted = samples.subarray(0, length).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * length) - 1)] ?? 0;
  const black = at(low);
  // A flat image stays flat: otherwise its noise would be all that is seen.
  return { black, white: Math.max(at(high), black + leastContrast(data)) };
}

function leastContrast(data: RawImage['data']): number {
  if (data instanceof Float32Array) return 1e-30;
  return data instanceof Uint16Array ? 64 : 8;
}

/**
 * Raw samples as an image that the browser can show, {@link draw} takes, and a canvas puts on itself. Samples that are not
 * numbers are black.
 *
 * @throws `invalid-input` for an image or an option that is not valid
 * @example
 * import { toImageData } from 'maskrcnn-web';
 *
 * const data = Uint16Array.from({ length: 64 * 64 }, (_, index) => 900 + index);
 * const shown = toImageData({ width: 64, height: 64, channels: 1, data });
 * document.querySelector('canvas')?.getContext('2d')?.putImageData(shown, 0, 0);
 */
export function toImageData(image: RawImage, options: ToImageDataOptions = {}): ImageData {
  checkRawImage(image);
  checkObject(options, 'the options');
  const channels = channelsOf(image, options.channels);
  const { black, white } = contrastOf(image, channels, options.contrast);
  const { width, height, data } = image;
  const shown = new ImageData(width, height);
  const pixels = shown.data;
  const scale = 255 / (white - black);
  for (let colour = 0; colour < 3; colour++) {
    const { first, stride } = placeOf(image, channels[channels.length === 1 ? 0 : colour] as number);
    for (let from = first, to = colour; to < pixels.length; from += stride, to += 4) {
      // The array rounds and clamps.
      pixels[to] = ((data[from] as number) - black) * scale;
    }
  }
  const alpha = image.channels === undefined ? placeOf(image, 3) : undefined;
  for (let i = 0; i < width * height; i++) {
    pixels[i * 4 + 3] = alpha ? (data[alpha.first + i * alpha.stride] as number) : 255;
  }
  return shown;
}

/** Where a channel's samples are: the first, and the distance from each to the next. */
function placeOf(
  { width, height, channels = 4, layout }: RawImage,
  channel: number,
): { first: number; stride: number } {
  return layout === 'planar' ? { first: channel * width * height, stride: 1 } : { first: channel, stride: channels };
}

/** @throws `invalid-input` unless there are one or three channels, all of them the image's */
function channelsOf({ channels: number, channelNames }: RawImage, channels: unknown): readonly number[] {
  const count = number ?? 4;
  if (channels === undefined) {
    if (number === undefined || (number === 3 && !channelNames)) return [0, 1, 2];
    return ['red', 'green', 'blue'].every((name, i) => channelNames?.[i] === name) ? [0, 1, 2] : [0];
  }
  if (!Array.isArray(channels) || (channels.length !== 1 && channels.length !== 3)) {
    const found = Array.isArray(channels) ? `${channels.length} of them` : kindOf(channels);
    throw new MaskRcnnError('invalid-input', `channels must be a list of one channel or three, not ${found}`);
  }
  for (const channel of channels) {
    checkNumber(channel ?? Number.NaN, "each of the image's channels", {
      max: count - 1,
      isWhole: true,
    });
  }
  return channels;
}

/** @throws `invalid-input` unless white is a greater sample than black */
function contrastOf(image: RawImage, channels: readonly number[], contrast: Contrast | undefined): Contrast {
  if (contrast === undefined) {
    const { data } = image;
    return data instanceof Uint16Array || data instanceof Float32Array
      ? measureContrast(image, { channels })
      : { black: 0, white: 255 };
  }
  checkObject(contrast, 'contrast');
  const { black, white } = contrast;
  checkNumber(black ?? Number.NaN, 'black', { min: Number.NEGATIVE_INFINITY });
  checkNumber(white ?? Number.NaN, 'white', { above: black });
  return contrast;
}
