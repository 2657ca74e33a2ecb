import type { Axes, PlaneIndex } from './axes.js';
import { micrometresOf, squareSide } from './length-unit.js';
import { childrenOf, parseXml, type XmlElement } from './xml.js';

/** The most planes that metadata may describe, of which other files may have some. */
const MAX_PLANES = 2 ** 20;

/** The root of the OME metadata in the description of a file's first page; `undefined` for another text. */
export function parseOme(description: string | undefined): XmlElement | undefined {
  if (!description || !/<(?:\w+:)?OME[\s>]/.test(description.slice(0, 4096))) return undefined;
  const root = parseXml(description.trim());
  return root?.name === 'OME' ? root : undefined;
}

/** What of a file its metadata describe. */
interface OmeFile {
  /** How many pages the file has. */
  pages: number;
  /** How many channels its first page has. */
  samples: number;
}

/**
 * The axes of the images of OME metadata (Open Microscopy Environment, OME-TIFF specification), which follow each other
 * in a file; without those that are not valid.
 */
export function omeAxes(root: XmlElement, file: OmeFile): Axes[] {
  const images: Axes[] = [];
  let start = 0;
  for (const image of childrenOf(root, 'Image')) {
    const pixels = childrenOf(image, 'Pixels')[0];
    const axes = pixels && imageAxes(root, pixels, { ...file, start });
    if (!axes) continue;
    images.push(axes);
    start += axes.channelPages * axes.z * axes.t;
  }
  return images;
}

/** @param file its `start` is the page of the image's first plane, where the metadata do not say it */
function imageAxes(root: XmlElement, pixels: XmlElement, file: OmeFile & { start: number }): Axes | undefined {
  const order = pixels.attributes.get('DimensionOrder') ?? 'XYCZT';
  const channels = childrenOf(pixels, 'Channel');
  const [sizeC, z, t] = [wholeOf(pixels, 'SizeC', 1), wholeOf(pixels, 'SizeZ', 1), wholeOf(pixels, 'SizeT', 1)];
  // Some programs do not say that a page holds several of the channels.
  const channelPages = sizeC / file.samples;
  if (!/^XY(?:CZT|CTZ|ZCT|ZTC|TCZ|TZC)$/.test(order) || !Number.isInteger(channelPages)) return undefined;
  if (![channelPages, z, t].every((count) => count >= 1) || channelPages * z * t > MAX_PLANES) return undefined;
  const sizes = { C: channelPages, Z: z, T: t };
  const steps = stepsOf(order, sizes);
  const places = placesOf(root, pixels, { ...file, order, sizes });
  const names = channels.map((channel) => channel.attributes.get('Name') ?? '');
  return {
    ...{ channelPages, z, t },
    // A channel of several samples is RGB, whose channels have the names of the colours.
    channelNames: names.length === sizeC && names.every((name) => name !== '') ? names : undefined,
    pixelSize: pixelSizeOf(pixels),
    pageOf: (at) => (places ? places.get(numberOf(at, steps)) : file.start + numberOf(at, steps)),
  };
}

type AxisName = 'C' | 'Z' | 'T';

/** By how much the number of a plane grows from one position of an axis to the next. */
function stepsOf(order: string, sizes: Record<AxisName, number>): Record<AxisName, number> {
  const steps = { C: 1, Z: 1, T: 1 };
  let step = 1;
  for (const axis of order.slice(2) as Iterable<AxisName>) {
    steps[axis] = step;
    step *= sizes[axis];
  }
  return steps;
}

function numberOf({ channel, z, t }: PlaneIndex, steps: Record<AxisName, number>): number {
  return channel * steps.C + z * steps.Z + t * steps.T;
}

/** The page of each plane, by the plane's number; `undefined` where the pages simply follow each other. */
function placesOf(
  root: XmlElement,
  pixels: XmlElement,
  { pages, start, order, sizes }: { pages: number; start: number; order: string; sizes: Record<AxisName, number> },
): Map<number, number> | undefined {
  const blocks = childrenOf(pixels, 'TiffData');
  if (blocks.length === 0) return undefined;
  const steps = stepsOf(order, sizes);
  const total = sizes.C * sizes.Z * sizes.T;
  const own = root.attributes.get('UUID');
  const places = new Map<number, number>();
  // Blocks that repeat the same planes without end are not worth the time.
  let left = 4 * pages;
  for (const block of blocks) {
    // The planes of a data set may be spread over several files.
    const file = childrenOf(block, 'UUID')[0]?.text;
    if (file !== undefined && own !== undefined && file !== own) continue;
    const [channel, z, t] = [wholeOf(block, 'FirstC', 0), wholeOf(block, 'FirstZ', 0), wholeOf(block, 'FirstT', 0)];
    const first = numberOf({ channel, z, t }, steps);
    const page = wholeOf(block, 'IFD', start);
    const asked = wholeOf(block, 'PlaneCount', block.attributes.has('IFD') ? 1 : total);
    const count = Math.min(asked, pages - page, total - first, left);
    for (let index = 0; index < count; index++) places.set(first + index, page + index);
    left -= Math.max(count, 0);
  }
  return places;
}

function wholeOf(element: XmlElement | undefined, name: string, byDefault: number): number {
  const value = Number(element?.attributes.get(name) ?? byDefault);
  return Number.isSafeInteger(value) && value >= 0 ? value : byDefault;
}

/** The side of a pixel in micrometres. */
function pixelSizeOf(pixels: XmlElement): number | undefined {
  const width = lengthOf(pixels, 'PhysicalSizeX');
  return squareSide(width, pixels.attributes.has('PhysicalSizeY') ? lengthOf(pixels, 'PhysicalSizeY') : width);
}

/** A length in micrometres; NaN where there is none, or in no unit of length. */
function lengthOf(pixels: XmlElement, name: string): number {
  const micrometres = micrometresOf(pixels.attributes.get(`${name}Unit`) ?? 'µm');
  return Number(pixels.attributes.get(name) ?? Number.NaN) * (micrometres ?? Number.NaN);
}
