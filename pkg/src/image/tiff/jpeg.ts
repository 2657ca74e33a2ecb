import { getDecoder } from 'geotiff';
import { interpolateChroma, type Subsampling } from './chroma.js';
import { yCbCrToRgb } from './colours.js';
import { damaged, unsupported } from './errors.js';
import type { PageLayout } from './page-layout.js';
import { samplesInBlock } from './page-layout.js';
import { COMPRESSION, PHOTOMETRIC } from './tags.js';

/** What is decoded of a JPEG stream's markers. */
interface JpegHeader {
  width: number;
  height: number;
  components: number;
  /** Whether its own markers say that the colours are YCbCr. */
  isYCbCr: boolean;
  subsampling: Subsampling;
}

const PROCESSES: Readonly<Record<number, string>> = {
  195: 'lossless',
  197: 'hierarchical',
  198: 'hierarchical',
  199: 'hierarchical',
  201: 'arithmetic',
  202: 'arithmetic',
  203: 'arithmetic',
};

/**
 * Decodes a strip or tile of JPEG to rows of the block's width; colours come out as RGB.
 *
 * @param tables the tables that all strips or tiles of a page share, as a JPEG stream without image
 * @throws `invalid-input` for streams that are not of the size of the block, and for kinds of JPEG that are not read
 */
export async function decodeJpeg(
  input: Uint8Array<ArrayBuffer>,
  { layout, rows, tables }: { layout: PageLayout; rows: number; tables: Uint8Array | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  if (layout.bits !== 8) throw unsupported(`JPEG compression with samples of ${layout.bits} bits`);
  const [header, samples] = [headerOf(input), samplesInBlock(layout)];
  const { width, height, components } = header;
  if (components !== samples)
    throw damaged(`its JPEG data has ${components} components, and a pixel ${samples} samples`);
  // The last tile or strip may be stored whole, with rows that are not used.
  if (width < layout.blockWidth || height < rows || width * height > 4 * layout.blockWidth * layout.blockHeight) {
    throw damaged(
      `its JPEG data is of ${width}×${height} pixels, and its strip or tile of ${layout.blockWidth}×${rows}`,
    );
  }
  const decoder = await getDecoder(COMPRESSION.jpeg, {
    ...{ tileWidth: width, tileHeight: height, planarConfiguration: 1, bitsPerSample: 8, predictor: 1 },
    JPEGTables: tables,
  } as Parameters<typeof getDecoder>[1]);
  const decoded = new Uint8Array(
    (await decoder.decode(input.buffer.slice(input.byteOffset, input.byteOffset + input.length))) as ArrayBuffer,
  );
  if (samples === 3 && isYCbCr(layout, header)) {
    interpolateChroma(decoded, width, header.subsampling);
    yCbCrToRgb(decoded);
  }
  if (width === layout.blockWidth) return decoded.subarray(0, width * rows * samples);
  const cropped = new Uint8Array(layout.blockWidth * rows * samples);
  for (let row = 0; row < rows; row++) {
    const start = row * width * samples;
    cropped.set(decoded.subarray(start, start + layout.blockWidth * samples), row * layout.blockWidth * samples);
  }
  return cropped;
}

/** How the second component is sampled beside the first; other factors than 1 and 2 are left as they are decoded. */
function subsamplingOf(input: Uint8Array, at: number, components: number): Subsampling {
  const [luma = 0x11, chroma = 0x11] = [input[at + 1], input[at + 4]];
  const factor = (full: number, part: number) => (components === 3 && full === 2 * part ? 2 : 1);
  return { across: factor(luma >> 4, chroma >> 4), down: factor(luma & 15, chroma & 15) };
}

function isYCbCr({ photometric }: PageLayout, header: JpegHeader): boolean {
  return photometric === PHOTOMETRIC.yCbCr || (photometric === PHOTOMETRIC.rgb && header.isYCbCr);
}

/** @throws `invalid-input` for streams without a frame, and for kinds of JPEG that are not read */
function headerOf(input: Uint8Array): JpegHeader {
  let isYCbCr = false;
  for (let at = 2; at + 9 < input.length; ) {
    const [mark, marker] = [input[at] as number, input[at + 1] as number];
    if (mark !== 0xff) break;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const word = (offset: number) => ((input[at + offset] as number) << 8) | (input[at + offset + 1] as number);
    const ascii = String.fromCharCode(...input.subarray(at + 4, at + 9));
    if (marker === 0xe0 && ascii.startsWith('JFIF')) isYCbCr = true;
    if (marker === 0xee && ascii === 'Adobe') isYCbCr = input[at + 15] === 1;
    const process = PROCESSES[marker];
    if (process) throw unsupported(`${process} JPEG compression`);
    if (marker >= 0xc0 && marker <= 0xc2) {
      if (input[at + 4] !== 8) throw unsupported(`JPEG compression with samples of ${input[at + 4]} bits`);
      const components = input[at + 9] as number;
      return {
        width: word(7),
        height: word(5),
        components,
        isYCbCr,
        subsampling: subsamplingOf(input, at + 10, components),
      };
    }
    if (marker === 0xda) break;
    at += 2 + word(2);
  }
  throw damaged('its JPEG data has no frame');
}
