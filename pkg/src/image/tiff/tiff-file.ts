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
import { omeAxes, parseOme } from './ome.js';
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
   * Number of planes: `z × t` of each image where the file names such axes, else the number of its pages, without the
   * smaller levels of pyramids, thumbnails and masks.
   */
  readonly pages: number;
  /** Number of positions on the z axis of the first image; 1 where the file does not say. */
  readonly z: number;
  /** Number of points in time of the first image; 1 where the file does not say. */
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

/** The axes of the images of a file that name theirs; of a data set of several files, of those that are in this one. */
async function axesOf({ imageJ, ome, shape }: Metadata, first: Directory, pages: Pages): Promise<Axes[]> {
  const other = async () =>
    (imageJ && (await imageJAxes(imageJ, { directory: first, pages: pages.count }))) ??
    (shape && shapedAxes(shape, pages.count));
  const axes = ome
    ? omeAxes(ome, { pages: pages.count, samples: pages.page(0, 0).colours.channels })
    : [await other()].filter((axes) => axes !== undefined);
  return axes.filter(({ channelPages, pageOf }) => {
    const indices = Array.from({ length: channelPages }, (_, channel) => pageOf({ channel, z: 0, t: 0 }));
    return indices.every((index) => index !== undefined && index < pages.count);
  });
}

function formatOf({ imageJ, ome }: Metadata, isAperio: boolean): TiffFormat {
  if (ome) return 'OME-TIFF';
  if (imageJ) return 'ImageJ';
  return isAperio ? 'SVS' : 'TIFF';
}

/** The side of a pixel where the axes do not say it. */
async function pixelSizeOf({ imageJ }: Metadata, first: Directory): Promise<number | undefined> {
  return (imageJ && (await imageJPixelSize(imageJ, first))) ?? resolutionOf(first);
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
  /** Of each image that names its axes. */
  readonly #axes: readonly Axes[];
  readonly #pixelSize: number | undefined;

  constructor(parts: {
    access: FileAccess;
    pages: Pages;
    format: TiffFormat;
    axes: readonly Axes[];
    pixelSize: number | undefined;
  }) {
    this.#access = parts.access;
    this.#pages = parts.pages;
    this.#axes = parts.axes;
    this.#pixelSize = parts.pixelSize;
    this.z = parts.axes[0]?.z ?? 1;
    this.t = parts.axes[0]?.t ?? 1;
    const planes = parts.axes.reduce((sum, { z, t }) => sum + z * t, 0);
    this.pages = planes || parts.pages.count;
    this.format = parts.format;
    const pages = this.#locate({}).planes[0] as number[];
    const plane = this.plane();
    this.pixelSize = plane.pixelSize;
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
    const { axes, planes } = this.#locate(options);
    const pages = planes.map((indices) => indices.map((index) => this.#pages.page(index, options.level ?? 0)));
    const first = pages[0] as readonly Page[];
    const fullWidth = this.#pages.page(planes[0]?.[0] as number, 0).layout.width;
    const pixelSize = axes?.pixelSize ?? this.#pixelSize;
    return new PlaneImage(pages, {
      channelNames: namesOf(first, axes),
      pixelSize: pixelSize && pixelSize * (fullWidth / (first[0] as Page).layout.width),
    });
  }

  close(): void {
    this.#access.cache.clear();
  }

  /** The indices of the pages of a plane, or of all those that a projection is over, and the axes that they are on. */
  #locate({ page, z, t, projection }: PlaneOptions): { axes?: Axes; planes: number[][] } {
    const [first] = this.#axes;
    if (!first) {
      const [axis, index] = z ? ['z', z] : ['t', t];
      if (index) throw missing(`there is no ${axis} ${index}: the TIFF file names no such axis; ${this.#pageRange()}`);
      if (projection) return { planes: Array.from({ length: this.pages }, (_, index) => [index]) };
      return { planes: [[check('page', page, this.pages)]] };
    }
    if (page !== undefined) {
      let plane = check('page', page, this.pages);
      // The planes of an image after those of the image before.
      for (const axes of this.#axes) {
        const at = { z: plane % axes.z, t: Math.floor(plane / axes.z) };
        if (at.t < axes.t) return { axes, planes: [this.#channelsOf(axes, at)] };
        plane -= axes.z * axes.t;
      }
    }
    const at = { z: check('z', z, first.z), t: check('t', t, first.t) };
    const positions = projection ? Array.from({ length: first.z }, (_, z) => z) : [at.z];
    return { axes: first, planes: positions.map((z) => this.#channelsOf(first, { z, t: at.t })) };
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
}

function namesOf(pages: readonly Page[], axes: Axes | undefined): readonly string[] | undefined {
  const channels = pages.reduce((sum, { colours }) => sum + colours.channels, 0);
  const names = axes?.channelNames;
  if (names?.length === channels) return names;
  return pages.length === 1 ? pages[0]?.colours.channelNames : undefined;
}

function check(name: 'page' | 'z' | 't', index: number | undefined, count: number): number {
  if (index === undefined || index < count) return index ?? 0;
  throw missing(`there is no ${name} ${index}: the TIFF file has ${rangeOf(count)}`);
}
