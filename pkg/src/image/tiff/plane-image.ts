import { throwIfAborted } from '../../abort.js';
import { MaskRcnnError } from '../../errors.js';
import type { RawImage } from '../raw-image.js';
import { checkRegion, type ReadOptions, type Region, type RegionImage } from '../region-image.js';
import { unsupported } from './errors.js';
import type { BlockIndex, Page } from './page.js';
import { rowsOfBlock } from './page-layout.js';
import { newSamples, type Samples, type SampleType } from './sample-type.js';

/** How many strips or tiles are read at the same time, which hides the delay of each. */
const AT_ONCE = 4;
/** The most channels that an image may have. */
const MAX_CHANNELS = 1024;

/** What is known of a plane besides its samples. */
export interface PlaneInfo {
  channelNames?: readonly string[] | undefined;
  pixelSize?: number | undefined;
}

/**
 * A plane of a file, read by region: its channels are those of one or several pages. Of several planes it is, pixel by
 * pixel, the greatest value.
 */
export class PlaneImage implements RegionImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly channelNames: readonly string[] | undefined;
  readonly pixelSize: number | undefined;
  /** The pages of each plane, in the order of their channels. */
  readonly #planes: readonly (readonly Page[])[];
  readonly #type: SampleType;

  /** @throws `invalid-input` for pages that do not form an image */
  constructor(planes: readonly (readonly Page[])[], { channelNames, pixelSize }: PlaneInfo) {
    const first = planes[0]?.[0] as Page;
    for (const page of planes.flat()) checkAlike(first, page);
    const pages = planes[0] as readonly Page[];
    this.width = first.layout.width;
    this.height = first.layout.height;
    this.channels = pages.reduce((sum, page) => sum + page.colours.channels, 0);
    if (this.channels > MAX_CHANNELS) throw unsupported(`${this.channels} channels, more than ${MAX_CHANNELS}`);
    this.channelNames = channelNames;
    this.pixelSize = pixelSize;
    this.#planes = planes;
    this.#type = first.colours.sampleType;
  }

  /**
   * The samples of a rectangle. Only the strips and tiles that it touches are read.
   *
   * @throws `invalid-input` for a rectangle outside the image and for data that are damaged, `aborted`
   */
  async read(region: Region, { signal }: ReadOptions = {}): Promise<RawImage> {
    checkRegion(region, this);
    const { width, height } = region;
    for (const page of this.#planes.flat()) {
      throwIfAborted(signal);
      await page.checkBlocks(blocksOf(page, region));
    }
    const isPlanar = (this.#planes[0] as readonly Page[]).length > 1;
    let data: Samples | undefined;
    for (const pages of this.#planes) {
      const plane = this.#allocate(width * height * this.channels);
      let channel = 0;
      for (const page of pages) {
        await readPage(page, { region, data: plane, channel, isInterleaved: !isPlanar, signal });
        channel += page.colours.channels;
      }
      data = data ? greatest(data, plane) : plane;
    }
    checkFinite(data as Samples, { region, channels: this.channels, isPlanar });
    return {
      ...{ width, height, data: data as Samples, channels: this.channels },
      layout: isPlanar ? 'planar' : 'interleaved',
      channelNames: this.channelNames,
      ...(this.pixelSize !== undefined && { pixelSize: this.pixelSize }),
    };
  }

  #allocate(length: number): Samples {
    try {
      return newSamples(this.#type, length);
    } catch (cause) {
      const message = `a region of ${length} samples does not fit into memory; read a smaller one`;
      throw new MaskRcnnError('out-of-memory', message, { cause });
    }
  }
}

function checkAlike(first: Page, page: Page): void {
  const describe = ({ layout, colours }: Page) =>
    `${layout.width}×${layout.height} pixels of ${colours.channels} × ${colours.sampleType}`;
  if (describe(first) === describe(page)) return;
  throw new MaskRcnnError(
    'invalid-input',
    `the pages of the TIFF file do not form one image: one has ${describe(first)}, another ${describe(page)}; give a page`,
  );
}

/** Where the samples of a page go. */
interface Target {
  region: Region;
  data: Samples;
  /** The page's first channel. */
  channel: number;
  /** Whether the page's samples are the whole image, its channels together. */
  isInterleaved: boolean;
  signal: AbortSignal | undefined;
}

async function readPage(page: Page, target: Target): Promise<void> {
  const blocks = blocksOf(page, target.region);
  for (let at = 0; at < blocks.length; at += AT_ONCE) {
    throwIfAborted(target.signal);
    const next = blocks.slice(at, at + AT_ONCE);
    const decoded = await Promise.all(next.map((block) => page.block(block)));
    next.forEach((block, index) => {
      copyBlock(decoded[index] as Samples, { page, block, target });
    });
  }
  throwIfAborted(target.signal);
}

/** The strips or tiles of a page that a region touches. */
function blocksOf({ layout, colours }: Page, { x, y, width, height }: Region): BlockIndex[] {
  const { blockWidth, blockHeight, isPlanar } = layout;
  const blocks: BlockIndex[] = [];
  for (let sample = 0; sample < (isPlanar ? colours.channels : 1); sample++) {
    for (let row = Math.floor(y / blockHeight); row * blockHeight < y + height; row++) {
      for (let column = Math.floor(x / blockWidth); column * blockWidth < x + width; column++) {
        blocks.push({ column, row, sample });
      }
    }
  }
  return blocks;
}

/** Copies what a block has of a region to where it belongs. */
function copyBlock(source: Samples, { page, block, target }: { page: Page; block: BlockIndex; target: Target }): void {
  const { layout, colours } = page;
  const { region, data, channel, isInterleaved } = target;
  const { blockWidth, blockHeight, isPlanar } = layout;
  const copied = isPlanar ? 1 : colours.channels;
  // Transparency is stored and not copied.
  const step = source.length / (blockWidth * rowsOfBlock(layout, block.row));
  const [left, top] = [block.column * blockWidth, block.row * blockHeight];
  const [x0, y0] = [Math.max(left, region.x), Math.max(top, region.y)];
  const x1 = Math.min(left + blockWidth, region.x + region.width);
  const y1 = Math.min(top + blockHeight, region.y + region.height);
  const pixels = region.width * region.height;
  const total = data.length / pixels;
  for (let y = y0; y < y1; y++) {
    const from = ((y - top) * blockWidth + x0 - left) * step;
    const to = (y - region.y) * region.width + x0 - region.x;
    if (isInterleaved && copied === total && step === total) {
      data.set(source.subarray(from, from + (x1 - x0) * step), to * total);
      continue;
    }
    for (let sample = 0; sample < copied; sample++) {
      const own = channel + block.sample + sample;
      const [start, stride] = isInterleaved ? [to * total + own, total] : [own * pixels + to, 1];
      for (let index = 0; index < x1 - x0; index++) {
        data[start + index * stride] = source[from + index * step + sample] as number;
      }
    }
  }
}

/** The greater of each two values; of a value and NaN it is NaN. */
function greatest(data: Samples, other: Samples): Samples {
  for (let at = 0; at < data.length; at++) {
    data[at] = Math.max(data[at] as number, other[at] as number);
  }
  return data;
}

/** @throws `invalid-input` for values that are not finite: neither contrast nor the network has a use for them */
function checkFinite(
  data: Samples,
  { region, channels, isPlanar }: { region: Region; channels: number; isPlanar: boolean },
): void {
  if (!(data instanceof Float32Array)) return;
  let at = 0;
  while (at < data.length && Number.isFinite(data[at])) at++;
  if (at === data.length) return;
  const pixels = region.width * region.height;
  const [channel, pixel] = isPlanar
    ? [Math.floor(at / pixels), at % pixels]
    : [at % channels, Math.floor(at / channels)];
  const [x, y] = [region.x + (pixel % region.width), region.y + Math.floor(pixel / region.width)];
  const value = Number.isNaN(data[at]) ? 'NaN' : 'infinite';
  throw new MaskRcnnError(
    'invalid-input',
    `the TIFF file's value at (${x}, ${y}) of channel ${channel} is ${value}; replace such values by finite ones first`,
  );
}
