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

/**
 * The axes of the first image of OME metadata (Open Microscopy Environment, OME-TIFF specification); `undefined` where
 * they are not valid.
 *
 * @param pages how many pages the file has
 * @param samples how many channels its first page has
 */
export function omeAxes(root: XmlElement, { pages, samples }: { pages: number; samples: number }): Axes | undefined {
  const pixels = pixelsOf(root);
  if (!pixels) return undefined;
  const order = pixels.attributes.get('DimensionOrder') ?? 'XYCZT';
  const channels = childrenOf(pixels, 'Channel');
  const [sizeC, z, t] = [wholeOf(pixels, 'SizeC', 1), wholeOf(pixels, 'SizeZ', 1), wholeOf(pixels, 'SizeT', 1)];
  // Some programs do not say that a page holds several of the channels.
  const channelPages = sizeC / samples;
  if (!/^XY(?:CZT|CTZ|ZCT|ZTC|TCZ|TZC)$/.test(order) || !Number.isInteger(channelPages)) return undefined;
  if (![channelPages, z, t].every((count) => count >= 1) || channelPages * z * t > MAX_PLANES) return undefined;
  const sizes = { C: channelPages, Z: z, T: t };
  const steps = stepsOf(order, sizes);
  const places = placesOf(root, pixels, { pages, order, sizes });
  const names = channels.map((channel) => channel.attributes.get('Name') ?? '');
  return {
    ...{ channelPages, z, t },
    // A channel of several samples is RGB, whose channels have the names of the colours.
    channelNames: names.length === sizeC && names.every((name) => name !== '') ? names : undefined,
    pageOf: (at) => (places ? places.get(numberOf(at, steps)) : numberOf(at, steps)),
  };
}

function pixelsOf(root: XmlElement): XmlElement | undefined {
  const image = childrenOf(root, 'Image')[0];
  return image && childrenOf(image, 'Pixels')[0];
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
  { pages, order, sizes }: { pages: number; order: string; sizes: Record<AxisName, number> },
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
    const page = wholeOf(block, 'IFD', 0);
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

/** The side of a pixel in micrometres, of the first image. */
export function omePixelSize(root: XmlElement): number | undefined {
  const pixels = pixelsOf(root);
  if (!pixels) return undefined;
  const width = lengthOf(pixels, 'PhysicalSizeX');
  return squareSide(width, pixels.attributes.has('PhysicalSizeY') ? lengthOf(pixels, 'PhysicalSizeY') : width);
}

/** A length in micrometres; NaN where there is none, or in no unit of length. */
function lengthOf(pixels: XmlElement, name: string): number {
  const micrometres = micrometresOf(pixels.attributes.get(`${name}Unit`) ?? 'µm');
  return Number(pixels.attributes.get(name) ?? Number.NaN) * (micrometres ?? Number.NaN);
}
