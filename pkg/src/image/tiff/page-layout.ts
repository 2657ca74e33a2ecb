import type { Directory } from './directory.js';
import { damaged, unsupported } from './errors.js';
import { type SampleType, sampleTypeOf } from './sample-type.js';
import { COMPRESSION, compressionName, PHOTOMETRIC, photometricName, TAG } from './tags.js';

/** How the samples of a page lie in the file. */
export interface PageLayout {
  width: number;
  height: number;
  /** Samples of a pixel as stored. */
  samples: number;
  /** Bits of a sample. */
  bits: number;
  sampleType: SampleType;
  compression: number;
  predictor: number;
  photometric: number;
  /** Whether each sample has strips or tiles of its own. */
  isPlanar: boolean;
  isTiled: boolean;
  /** Whether the first pixel of a byte is in its lowest bits. */
  isReversed: boolean;
  isLittleEndian: boolean;
  /** Width of a strip or tile in pixels. */
  blockWidth: number;
  /** Height of a strip or tile in pixels; the last strip may be lower. */
  blockHeight: number;
  /** How many strips or tiles there are from left to right, and from top to bottom. */
  columns: number;
  rows: number;
  /** The kinds of samples beyond those that the colours need: 1 and 2 are transparency. */
  extraSamples: readonly number[];
}

/** The most pixels that a page may have. */
const MAX_PIXELS = 2 ** 32 - 1;
const MAX_SAMPLES = 1024;
/** The most bytes that a strip or tile may have once decompressed, as it is decompressed as a whole. */
const MAX_BLOCK = 2 ** 29;

const PHOTOMETRICS: readonly number[] = Object.values(PHOTOMETRIC);
const COMPRESSIONS: readonly number[] = Object.values(COMPRESSION);

/**
 * Reads a page's layout.
 *
 * @throws `invalid-input` for tags that contradict each other, and for features that are not read
 */
export async function readLayout(directory: Directory, isLittleEndian: boolean): Promise<PageLayout> {
  const number = (tag: number, byDefault: number) => directory.number(tag, byDefault);
  const [width, height] = [await number(TAG.ImageWidth, 0), await number(TAG.ImageLength, 0)];
  if (!(width >= 1 && height >= 1)) throw damaged(`a page should have pixels, and is ${width}×${height}`);
  if (width * height > MAX_PIXELS) throw unsupported(`a page of ${width}×${height} pixels, more than ${MAX_PIXELS}`);
  const samples = await number(TAG.SamplesPerPixel, 1);
  if (!(samples >= 1)) throw damaged(`a pixel should have samples, and has ${samples}`);
  if (samples > MAX_SAMPLES) throw unsupported(`${samples} samples a pixel, more than ${MAX_SAMPLES}`);

  const compression = await number(TAG.Compression, COMPRESSION.none);
  if (!COMPRESSIONS.includes(compression)) throw unsupported(compressionName(compression));
  const photometric = await number(TAG.PhotometricInterpretation, samples >= 3 ? PHOTOMETRIC.rgb : 1);
  if (!PHOTOMETRICS.includes(photometric)) throw unsupported(photometricName(photometric));
  const predictor = await number(TAG.Predictor, 1);
  if (![1, 2, 3].includes(predictor)) throw unsupported(`predictor number ${predictor}`);
  const bits = await sameForAll(directory, TAG.BitsPerSample, samples, 1);
  const format = await sameForAll(directory, TAG.SampleFormat, samples, 1);
  const planar = await number(TAG.PlanarConfiguration, 1);
  if (planar !== 1 && planar !== 2) throw damaged(`its planar configuration should be 1 or 2, and is ${planar}`);
  const colours = { samples, photometric, compression };
  await checkColours(directory, colours);

  const isTiled = directory.count(TAG.TileOffsets) > 0 || directory.count(TAG.TileWidth) > 0;
  const rowsPerStrip = await number(TAG.RowsPerStrip, height);
  const blockWidth = isTiled ? await number(TAG.TileWidth, 0) : width;
  const blockHeight = isTiled ? await number(TAG.TileLength, 0) : Math.min(rowsPerStrip, height);
  if (!(blockWidth >= 1 && blockHeight >= 1)) {
    throw damaged(`its ${isTiled ? 'tiles' : 'strips'} should have pixels, and are ${blockWidth}×${blockHeight}`);
  }
  const layout: PageLayout = {
    ...{ width, height, samples, bits, compression, predictor, photometric, isTiled, isLittleEndian },
    ...{ blockWidth, blockHeight, isPlanar: planar === 2 && samples > 1 },
    sampleType: sampleTypeOf(format, bits),
    isReversed: (await number(TAG.FillOrder, 1)) === 2,
    columns: Math.ceil(width / blockWidth),
    rows: Math.ceil(height / blockHeight),
    extraSamples: [...((await directory.numbers(TAG.ExtraSamples, MAX_SAMPLES)) ?? [])],
  };
  const blockBytes = rowBytesOf(layout) * blockHeight;
  if ((compression !== COMPRESSION.none || isTiled) && blockBytes > MAX_BLOCK) {
    const what = isTiled ? 'tile' : 'compressed strip';
    throw unsupported(`a ${what} of ${blockWidth}×${blockHeight} pixels, more than ${MAX_BLOCK} bytes`);
  }
  return layout;
}

/** Samples of a pixel in one strip or tile. */
export function samplesInBlock({ isPlanar, samples }: PageLayout): number {
  return isPlanar ? 1 : samples;
}

/** Bytes of a row of a strip or tile, which begins at a whole byte. */
export function rowBytesOf(layout: PageLayout): number {
  return Math.ceil((layout.blockWidth * samplesInBlock(layout) * layout.bits) / 8);
}

/** Rows of the strips or tiles at a row of them. */
export function rowsOfBlock({ isTiled, blockHeight, height }: PageLayout, row: number): number {
  return isTiled ? blockHeight : Math.min(blockHeight, height - row * blockHeight);
}

/** Number of strips or tiles of a page. */
export function blockCount(layout: PageLayout): number {
  return layout.columns * layout.rows * (layout.isPlanar ? layout.samples : 1);
}

async function sameForAll(directory: Directory, tag: number, samples: number, byDefault: number): Promise<number> {
  const values = (await directory.numbers(tag, samples)) ?? [byDefault];
  const [first = byDefault] = values;
  if (values.every((value) => value === first)) return first;
  throw unsupported(
    `samples that differ within a pixel (${tag === TAG.BitsPerSample ? 'bits' : 'formats'} ${values}),`,
  );
}

async function checkColours(
  directory: Directory,
  { samples, photometric, compression }: { samples: number; photometric: number; compression: number },
): Promise<void> {
  if (photometric === PHOTOMETRIC.rgb && samples < 3) throw damaged(`its pixels are RGB and have ${samples} samples`);
  if (photometric !== PHOTOMETRIC.yCbCr) return;
  if (samples !== 3) throw unsupported(`YCbCr colours of ${samples} samples`);
  if (compression === COMPRESSION.jpeg) return;
  const subsampling = (await directory.numbers(TAG.YCbCrSubSampling, 2)) ?? [2, 2];
  if (subsampling.some((factor) => factor !== 1)) throw unsupported('YCbCr colours of lower resolution without JPEG');
}
