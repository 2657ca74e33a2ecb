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
  /** The type of the channels' values, which is that of the samples but for palettes. */
  sampleType: SampleType;
  /** The values of a strip or tile, the channels first among those of a pixel; may overwrite its samples. */
  convert(samples: Samples): Samples;
}

const RGB = ['red', 'green', 'blue'];

/**
 * Reads how the samples of a page become its channels: transparency is left out, luma and chroma become red, green and
 * blue, and a palette is looked up. Values whose zero is white stay as they are stored.
 *
 * @param isLookup whether palettes are for showing only, as ImageJ's lookup tables are: then values are what they point from
 */
export async function readColours(directory: Directory, layout: PageLayout, isLookup: boolean): Promise<Colours> {
  const { samples, photometric, sampleType, compression } = layout;
  const channels = visibleSamples(layout);
  const channelNames = namesOf(photometric, channels);
  const plain: Colours = { channels, channelNames, sampleType, convert: (values) => values };
  if (photometric === PHOTOMETRIC.yCbCr && compression !== COMPRESSION.jpeg) {
    if (layout.isPlanar || sampleType !== 'uint8') throw damaged('its YCbCr colours are not of 8 bits, side by side');
    return { ...plain, convert: (values) => yCbCrToRgb(values as Uint8Array<ArrayBuffer>) };
  }
  if (photometric !== PHOTOMETRIC.palette || isLookup) return plain;
  if (samples !== 1 || (sampleType !== 'uint8' && sampleType !== 'uint16')) {
    throw damaged(`its palette is used by ${samples} samples of ${sampleType}`);
  }
  const palette = await readPalette(directory, layout.bits);
  return { channels: 3, channelNames: RGB, sampleType: 'uint8', convert: (values) => lookUp(palette, values) };
}

/** Number of samples of a pixel without transparency, which is the last one. */
function visibleSamples({ samples, extraSamples, photometric }: PageLayout): number {
  const last = extraSamples[extraSamples.length - 1];
  // Many programs do not say that the fourth sample of a colour is transparency.
  const isImplied = last === undefined && photometric === PHOTOMETRIC.rgb && samples === 4;
  const isTransparency = samples > 1 && (isImplied || last === 1 || last === 2);
  return isTransparency ? samples - 1 : samples;
}

function namesOf(photometric: number, channels: number): string[] | undefined {
  const colours: Readonly<Record<number, readonly string[]>> = {
    [PHOTOMETRIC.rgb]: RGB,
    [PHOTOMETRIC.yCbCr]: RGB,
    [PHOTOMETRIC.cmyk]: ['cyan', 'magenta', 'yellow', 'black'],
  };
  const names = colours[photometric];
  return names && Array.from({ length: channels }, (_, index) => names[index] ?? `channel ${index + 1}`);
}

function lookUp(palette: Uint8Array, indices: Samples): Uint8Array<ArrayBuffer> {
  const colours = new Uint8Array(indices.length * 3);
  for (let at = 0; at < indices.length; at++) {
    const entry = (indices[at] as number) * 3;
    for (let channel = 0; channel < 3; channel++) colours[at * 3 + channel] = palette[entry + channel] as number;
  }
  return colours;
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
