import type { Directory } from './directory.js';
import { damaged } from './errors.js';
import type { PageLayout } from './page-layout.js';
import type { Samples, SampleType } from './sample-type.js';
import { COMPRESSION, PHOTOMETRIC, TAG } from './tags.js';

/** How the samples of a page become its channels. */
export interface Colours {
  /** Number of channels. */
  channels: number;
  /** The channels' names where they are colours. */
  channelNames: readonly string[] | undefined;
  /** The type of the channels' values, which is that of the samples but for palettes of colours. */
  sampleType: SampleType;
  /** The channels of a strip or tile, interleaved; may overwrite its samples. */
  convert(samples: Samples): Samples;
}

/** Kinds of {@link PageLayout.extraSamples} that are transparency. */
const ALPHA: readonly number[] = [1, 2];

/**
 * Reads how the samples of a page become its channels: those whose zero is white are turned round, colours are red, green
 * and blue, and a palette of colours is looked up. A palette that only tints intensities, as microscopes store it, is not.
 *
 * @param isTinted whether a palette is known to be a tint
 */
export async function readColours(directory: Directory, layout: PageLayout, isTinted: boolean): Promise<Colours> {
  const { samples, photometric, sampleType, compression } = layout;
  const plain: Colours = { channels: samples, channelNames: namesOf(layout), sampleType, convert: (values) => values };
  if (photometric === PHOTOMETRIC.whiteIsZero) return { ...plain, convert: (values) => inverted(values, layout) };
  if (photometric === PHOTOMETRIC.yCbCr && compression !== COMPRESSION.jpeg) {
    if (layout.isPlanar || sampleType !== 'uint8') throw damaged('its YCbCr colours are not of 8 bits, side by side');
    return { ...plain, convert: (values) => yCbCrToRgb(values as Uint8Array<ArrayBuffer>) };
  }
  if (photometric !== PHOTOMETRIC.palette || isTinted) return plain;
  if (samples !== 1 || (sampleType !== 'uint8' && sampleType !== 'uint16')) {
    throw damaged(`its palette is used by ${samples} samples of ${sampleType}`);
  }
  const palette = await readPalette(directory, layout.bits);
  if (isTint(palette)) return plain;
  const convert = (values: Samples) => {
    const colours = new Uint8Array(values.length * 3);
    for (let at = 0; at < values.length; at++)
      colours.set(palette.subarray((values[at] as number) * 3, (values[at] as number) * 3 + 3), at * 3);
    return colours;
  };
  return { channels: 3, channelNames: ['red', 'green', 'blue'], sampleType: 'uint8', convert };
}

function namesOf({ photometric, samples, extraSamples }: PageLayout): string[] | undefined {
  const colours: Readonly<Record<number, readonly string[]>> = {
    [PHOTOMETRIC.rgb]: ['red', 'green', 'blue'],
    [PHOTOMETRIC.yCbCr]: ['red', 'green', 'blue'],
    [PHOTOMETRIC.cmyk]: ['cyan', 'magenta', 'yellow', 'black'],
  };
  const extra = extraSamples
    .slice(0, samples)
    .map((kind, index) => (ALPHA.includes(kind) ? 'alpha' : `extra ${index + 1}`));
  const names =
    colours[photometric] ?? (extra.includes('alpha') && samples === extra.length + 1 ? ['grey'] : undefined);
  if (!names) return undefined;
  const all = [...names, ...extra];
  for (let index = all.length; index < samples; index++) all.push(`extra ${index - names.length + 1}`);
  return all.slice(0, samples);
}

/** Turns round values whose zero is white, so that brighter is more. */
function inverted(values: Samples, { sampleType, bits }: PageLayout): Samples {
  let white = 2 ** bits - 1;
  if (sampleType.startsWith('int')) white = -1;
  if (sampleType.startsWith('float')) white = 1;
  for (let at = 0; at < values.length; at++) values[at] = white - (values[at] as number);
  return values;
}

/** Turns YCbCr into RGB, as JFIF defines it. */
export function yCbCrToRgb(pixels: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let at = 0; at < pixels.length; at += 3) {
    const luma = pixels[at] as number;
    const [blue, red] = [(pixels[at + 1] as number) - 128, (pixels[at + 2] as number) - 128];
    clamped[at] = luma + 1.402 * red;
    clamped[at + 1] = luma - 0.344136 * blue - 0.714136 * red;
    clamped[at + 2] = luma + 1.772 * blue;
  }
  return pixels;
}

/** The colours of a palette, three bytes each. */
async function readPalette(directory: Directory, bits: number): Promise<Uint8Array> {
  const count = 2 ** bits;
  const values = await directory.numbers(TAG.ColorMap, 3 * count);
  if (values?.length !== 3 * count) {
    throw damaged(`its palette of ${count} colours should have ${3 * count} values, and has ${values?.length ?? 0}`);
  }
  // Some programs write bytes where the specification asks for 16 bits.
  const scale = values.some((value) => value > 255) ? 256 : 1;
  return Uint8Array.from({ length: 3 * count }, (_, at) =>
    Math.floor((values[(at % 3) * count + Math.floor(at / 3)] as number) / scale),
  );
}

/** Whether a palette goes from black to one colour in equal steps, or is grey: then it tints intensities. */
function isTint(palette: Uint8Array): boolean {
  const last = palette.length / 3 - 1;
  return palette.every((value, at) => {
    const full = palette[last * 3 + (at % 3)] as number;
    return Math.abs(value - (full * Math.floor(at / 3)) / last) <= 1;
  });
}
