import { throwIfAborted, unlessAborted } from '../../abort.js';
import { checkSignal } from '../../arguments.js';
import type { ReadOptions, RegionImage } from '../region-image.js';
import type { Axes } from './axes.js';
import { BlockCache } from './block-cache.js';
import { byteSource, type FileSource } from './byte-source.js';
import { type Directory, DirectoryFile } from './directory.js';
import { missing } from './errors.js';
import { type ImageJFields, imageCount, imageJAxes, imageJPixelSize, parseImageJ } from './imagej.js';
import { squareSide } from './length-unit.js';
import { omeAxes, omePixelSize, parseOme } from './ome.js';
import type { FileAccess, Page } from './page.js';
import { Pages, rangeOf } from './pages.js';
import { resolutionOf } from './pixel-size.js';
import { PlaneImage } from './plane-image.js';
import { checkPlaneOptions, type PlaneOptions } from './plane-options.js';
import { sortPyramids } from './pyramid.js';
import type { SampleType } from './sample-type.js';
import { parseShape, type Shape, shapedAxes, shapedImages } from './shaped.js';
import { TAG } from './tags.js';
import type { XmlElement } from './xml.js';

/** Whose metadata a file has: OME's, ImageJ's, Aperio's, or those of TIFF alone. */
export type TiffFormat = 'OME-TIFF' | 'ImageJ' | 'SVS' | 'TIFF';

/** The size of a level of a pyramid. */
export interface PyramidLevel {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** An open TIFF file. Samples are read when a region of a plane is. */
export interface TiffFile {
  /** Width of the first plane in pixels. */
  readonly width: number;
  /** Height of the first plane in pixels. */
  readonly height: number;
  /** Number of channels of the first plane. */
  readonly channels: number;
  /**
   * The channels' names, one for each channel, where the file has them; of colours `red`, `green` and `blue`. Transparency
   * is not a channel.
   */
  readonly channelNames: readonly string[] | undefined;
  /**
   * Number of planes: `z × t` where the file names such axes, else the number of its pages, without the smaller levels of
   * pyramids, thumbnails and masks.
   */
  readonly pages: number;
  /** Number of positions on the z axis; 1 where the file does not say. */
  readonly z: number;
  /** Number of points in time; 1 where the file does not say. */
  readonly t: number;
  /** Length of a pixel's side in micrometres, where the file has one that can be believed. */
  readonly pixelSize: number | undefined;
  /** Whose metadata the file has. */
  readonly format: TiffFormat;
  /**
   * What its samples are stored as. All but `uint8` and `uint16` are given in single precision, which rounds whole numbers
   * beyond 2²⁴, and numbers of double precision, to the nearest.
   */
  readonly sampleType: SampleType;
  /** The sizes of the first plane's pyramid in pixels, the full resolution first. */
  readonly levels: readonly PyramidLevel[];
  /**
   * A plane, to be read by region: all channels at one z and one point in time, or a page.
   *
   * @throws {@link MaskRcnnError} `invalid-input` for what is not in the file, and for pages that cannot be read
   */
  plane(options?: PlaneOptions): RegionImage;
  /** Frees the decoded parts that are kept for the next region. */
  close(): void;
}

/**
 * Opens a TIFF file: reads what it holds, and none of its samples.
 *
 * @throws {@link MaskRcnnError} `invalid-input` for a file that is damaged, or whose first plane has a feature that is not
 * read, which the message names; `network`, `aborted`
 */
export async function openTiff(source: FileSource, options: ReadOptions = {}): Promise<TiffFile> {
  const { signal } = options;
  checkSignal(signal);
  throwIfAborted(signal);
  return unlessAborted(open(source, signal), signal);
}

async function open(source: FileSource, signal: AbortSignal | undefined): Promise<TiffFile> {
  const bytes = await byteSource(source, signal);
  const file = await DirectoryFile.open(bytes);
  const directories = await file.chain();
  const first = directories[0] as Directory;
  const description = (await first.text(TAG.ImageDescription)) ?? '';
  const metadata: Metadata = {
    imageJ: parseImageJ(description),
    ome: parseOme(description),
    shape: parseShape(description),
  };
  const isAperio = description.startsWith('Aperio');
  const access: FileAccess = {
    ...{ source: bytes, cache: new BlockCache(), isLittleEndian: file.header.isLittleEndian },
    isLookup: metadata.imageJ !== undefined,
  };
  const listed = await Pages.open(await sortPyramids(file, directories, isAperio), access);
  const pages = await listed.repeated(imagesOf(metadata, listed.page(0, 0)), bytes.size);
  return new OpenTiff({
    ...{ access, pages, axes: await axesOf(metadata, first, pages) },
    format: formatOf(metadata, isAperio),
    pixelSize: isAperio ? micrometresPerPixel(description) : await pixelSizeOf(metadata, first),
  });
}

/** What programs write about a file's axes into the description of its first page. */
interface Metadata {
  imageJ: ImageJFields | undefined;
  ome: XmlElement | undefined;
  shape: Shape | undefined;
}

/** How many images, with or without a page, the metadata count. */
function imagesOf({ imageJ, shape }: Metadata, { layout }: Page): number {
  if (imageJ) return imageCount(imageJ);
  return shape ? shapedImages(shape, layout.width * layout.height * layout.samples) : 1;
}

async function axesOf({ imageJ, ome, shape }: Metadata, first: Directory, pages: Pages): Promise<Axes | undefined> {
  const axes =
    (ome && omeAxes(ome, { pages: pages.count, samples: pages.page(0, 0).colours.channels })) ??
    (imageJ && (await imageJAxes(imageJ, { directory: first, pages: pages.count }))) ??
    (shape && shapedAxes(shape, pages.count));
  if (!axes) return undefined;
  const indices = Array.from({ length: axes.channelPages }, (_, channel) => axes.pageOf({ channel, z: 0, t: 0 }));
  // Of a data set of several files, the first plane may be in another one: the pages of this one remain.
  return indices.every((index) => index !== undefined && index < pages.count) ? axes : undefined;
}

function formatOf({ imageJ, ome }: Metadata, isAperio: boolean): TiffFormat {
  if (ome) return 'OME-TIFF';
  if (imageJ) return 'ImageJ';
  return isAperio ? 'SVS' : 'TIFF';
}

async function pixelSizeOf({ imageJ, ome }: Metadata, first: Directory): Promise<number | undefined> {
  const described = ome ? omePixelSize(ome) : imageJ && (await imageJPixelSize(imageJ, first));
  return described ?? resolutionOf(first);
}

/** The side of a pixel in the description of an Aperio slide: `|MPP = 0.4990|`. */
function micrometresPerPixel(description: string): number | undefined {
  const side = Number(/\|\s*MPP\s*=\s*([\d.]+)/.exec(description)?.[1]);
  return squareSide(side, side);
}

class OpenTiff implements TiffFile {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly channelNames: readonly string[] | undefined;
  readonly pages: number;
  readonly z: number;
  readonly t: number;
  readonly pixelSize: number | undefined;
  readonly format: TiffFormat;
  readonly sampleType: SampleType;
  readonly levels: readonly PyramidLevel[];
  readonly #access: FileAccess;
  readonly #pages: Pages;
  readonly #axes: Axes | undefined;

  constructor(parts: {
    access: FileAccess;
    pages: Pages;
    format: TiffFormat;
    axes: Axes | undefined;
    pixelSize: number | undefined;
  }) {
    this.#access = parts.access;
    this.#pages = parts.pages;
    this.#axes = parts.axes;
    this.z = parts.axes?.z ?? 1;
    this.t = parts.axes?.t ?? 1;
    this.pages = parts.axes ? this.z * this.t : parts.pages.count;
    this.format = parts.format;
    this.pixelSize = parts.pixelSize;
    const pages = this.#pagesOf({})[0] as number[];
    const plane = this.plane();
    this.width = plane.width;
    this.height = plane.height;
    this.channels = plane.channels;
    this.channelNames = plane.channelNames;
    this.sampleType = this.#pages.page(pages[0] as number, 0).layout.sampleType;
    const count = Math.min(...pages.map((page) => this.#pages.levelCount(page)));
    this.levels = Array.from({ length: count }, (_, level) => {
      const { width, height } = level === 0 ? plane : this.plane({ level });
      return { width, height };
    });
  }

  plane(options: PlaneOptions = {}): RegionImage {
    checkPlaneOptions(options);
    const level = options.level ?? 0;
    const planes = this.#pagesOf(options).map((indices) => indices.map((index) => this.#pages.page(index, level)));
    const first = planes[0] as readonly Page[];
    const full = this.#pages.page(this.#pagesOf(options)[0]?.[0] as number, 0).layout.width;
    const scale = full / (first[0] as Page).layout.width;
    return new PlaneImage(planes, {
      channelNames: this.#namesOf(first),
      pixelSize: this.pixelSize && this.pixelSize * scale,
    });
  }

  close(): void {
    this.#access.cache.clear();
  }

  /** The indices of the pages of a plane, or of all those that a projection is over. */
  #pagesOf({ page, z, t, projection }: PlaneOptions): number[][] {
    const axes = this.#axes;
    if (!axes) {
      const [axis, index] = z ? ['z', z] : ['t', t];
      if (index) throw missing(`there is no ${axis} ${index}: the TIFF file names no such axis; ${this.#pageRange()}`);
      if (projection) return Array.from({ length: this.pages }, (_, index) => [index]);
      return [[check('page', page, this.pages)]];
    }
    const plane = check('page', page, this.pages);
    const at =
      page === undefined
        ? { z: check('z', z, axes.z), t: check('t', t, axes.t) }
        : { z: plane % axes.z, t: Math.floor(plane / axes.z) };
    const positions = projection ? Array.from({ length: axes.z }, (_, z) => z) : [at.z];
    return positions.map((z) => this.#channelsOf(axes, { z, t: at.t }));
  }

  #channelsOf(axes: Axes, at: { z: number; t: number }): number[] {
    return Array.from({ length: axes.channelPages }, (_, channel) => {
      const index = axes.pageOf({ channel, ...at });
      if (index !== undefined && index < this.#pages.count) return index;
      throw missing(
        `channel ${channel} at z ${at.z} and t ${at.t} is not in this TIFF file, though its metadata list it; ` +
          `it has ${this.#pages.count} images`,
      );
    });
  }

  #pageRange(): string {
    return `it has ${this.pages} ${this.pages === 1 ? 'page' : 'pages'}, choose one by page, ${rangeOf(this.pages)}`;
  }

  #namesOf(pages: readonly Page[]): readonly string[] | undefined {
    const channels = pages.reduce((sum, { colours }) => sum + colours.channels, 0);
    const names = this.#axes?.channelNames;
    if (names?.length === channels) return names;
    return pages.length === 1 ? pages[0]?.colours.channelNames : undefined;
  }
}

function check(name: 'page' | 'z' | 't', index: number | undefined, count: number): number {
  if (index === undefined || index < count) return index ?? 0;
  throw missing(`there is no ${name} ${index}: the TIFF file has ${rangeOf(count)}`);
}
