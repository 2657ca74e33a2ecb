import {
  type Contrast,
  measureContrast,
  type RawImage,
  type Region,
  type RegionImage,
  toImageData,
} from 'maskrcnn-web';
import type { TiffFile } from 'maskrcnn-web/tiff';
import type { Choice, Offer, OpenedImage } from './opened-image.js';
import { readOverview } from './region-overview.js';

/** What a channel with nuclei in it is called after: stains, proteins. */
const NUCLEAR = /dapi|hoechst|draq|nuc|h33|histone|h2b/i;
/** With a longer side than this, the level of a pyramid is more than an overview needs. */
const MIN_OVERVIEW = 2048;

/** How an image is read. */
export interface Reading {
  signal: AbortSignal;
  /** Tells what share of the image is read, 0 to 1. */
  onProgress(share: number): void;
}

/** Samples that are shown. */
interface Shown {
  raw: RawImage;
  overview: ImageBitmap;
  contrast: Contrast;
}

/** A plane of a TIFF file, which is read by region. */
export class TiffImage implements OpenedImage {
  readonly name: string;
  readonly source: RegionImage;
  readonly overview: ImageBitmap;
  readonly choice: Choice;
  readonly #file: TiffFile;
  readonly #shown: Shown;

  private constructor(name: string, file: TiffFile, fields: { source: RegionImage; choice: Choice; shown: Shown }) {
    this.name = name;
    this.#file = file;
    this.source = fields.source;
    this.choice = fields.choice;
    this.#shown = fields.shown;
    this.overview = fields.shown.overview;
  }

  /** Opens a file, and of it the first plane: its colours or, of other channels, the one that nuclei are likely in. */
  static async open(file: Blob, name: string, reading: Reading): Promise<TiffImage> {
    // Not before: who never opens such a file does without its reader.
    const { openTiff } = await import('maskrcnn-web/tiff');
    return TiffImage.#read(name, await openTiff(file, reading), {}, reading);
  }

  static async #read(name: string, file: TiffFile, chosen: Choice, reading: Reading, raw?: RawImage) {
    const source = file.plane(planeOf(chosen));
    const samples = raw ?? (await readOverview(levelOf(file, source, chosen), reading.signal, reading.onProgress));
    const choice = { ...chosen, channel: chosen.channel ?? likelyChannel(source, samples) };
    const channels = choice.channel === undefined ? [0, 1, 2] : [choice.channel];
    const isPhotograph = file.sampleType === 'uint8' && isColour(source);
    const contrast = isPhotograph ? { black: 0, white: 255 } : measureContrast(samples, { channels });
    const overview = await createImageBitmap(toImageData(samples, { channels, contrast }));
    return new TiffImage(name, file, { source, choice, shown: { raw: samples, overview, contrast } });
  }

  get width(): number {
    return this.source.width;
  }

  get height(): number {
    return this.source.height;
  }

  get pixelSize(): number | undefined {
    return this.source.pixelSize;
  }

  get offer(): Offer {
    const { channels, channelNames } = this.source;
    const { z, t } = this.#file;
    const names = Array.from({ length: channels }, (_, index) => channelNames?.[index] ?? String(index + 1));
    return { channels: names, isColour: isColour(this.source), pages: z * t > 1 ? 1 : this.#file.pages, z, t };
  }

  async detail(region: Region, signal?: AbortSignal): Promise<ImageBitmap> {
    const raw = await this.source.read(region, { signal });
    const channels = this.choice.channel === undefined ? [0, 1, 2] : [this.choice.channel];
    return createImageBitmap(toImageData(raw, { channels, contrast: this.#shown.contrast }));
  }

  async choose(choice: Choice, signal: AbortSignal, onProgress: Reading['onProgress'] = () => {}): Promise<TiffImage> {
    const isSamePlane = JSON.stringify(planeOf(choice)) === JSON.stringify(planeOf(this.choice));
    return TiffImage.#read(
      this.name,
      this.#file,
      choice,
      { signal, onProgress },
      isSamePlane ? this.#shown.raw : undefined,
    );
  }

  close(): void {
    this.overview.close();
    this.#file.close();
  }
}

function planeOf({ page, z, t, projection }: Choice) {
  return {
    ...(page !== undefined && { page }),
    ...(z !== undefined && { z }),
    ...(t !== undefined && { t }),
    ...(projection && { projection }),
  };
}

/** The smallest level of the plane's pyramid that an overview can be made of. */
function levelOf(file: TiffFile, plane: RegionImage, choice: Choice): RegionImage {
  const level = file.levels.findLastIndex(({ width, height }) => Math.max(width, height) >= MIN_OVERVIEW);
  return level > 0 ? file.plane({ ...planeOf(choice), level }) : plane;
}

function isColour({ channels, channelNames }: RegionImage): boolean {
  return channels >= 3 && ['red', 'green', 'blue'].every((name, index) => channelNames?.[index] === name);
}

/** The channel that is looked at first; none of an image in colours. */
function likelyChannel(plane: RegionImage, samples: RawImage): number | undefined {
  if (isColour(plane)) return undefined;
  const named = plane.channelNames?.findIndex((name) => NUCLEAR.test(name)) ?? -1;
  if (named >= 0) return named;
  const channels = Array.from({ length: plane.channels }, (_, channel) => channel);
  return channels.find((channel) => isInUse(samples, channel)) ?? 0;
}

/** Whether a channel has any two samples that differ. */
function isInUse({ data, width, height, channels = 4, layout }: RawImage, channel: number): boolean {
  const [first, stride] = layout === 'planar' ? [channel * width * height, 1] : [channel, channels];
  for (let at = first, left = width * height; left > 0; at += stride, left--) {
    if (data[at] !== data[first]) return true;
  }
  return false;
}
