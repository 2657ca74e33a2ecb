import type { Axes } from './axes.js';
import type { Directory } from './directory.js';
import { micrometresOf, squareSide } from './length-unit.js';
import { densities } from './pixel-size.js';
import { TAG } from './tags.js';

/** What ImageJ writes into the description of a file's first page, by key. */
export type ImageJFields = ReadonlyMap<string, string>;

/** The fields of ImageJ's description; `undefined` for another text. */
export function parseImageJ(description: string | undefined): ImageJFields | undefined {
  if (!description?.startsWith('ImageJ=')) return undefined;
  const lines = description.split(/[\r\n]+/).filter((line) => line.includes('='));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  );
}

/** Number of planes, over all axes, that ImageJ's description counts. */
export function imageCount(fields: ImageJFields): number {
  return countOf(fields, 'images');
}

/**
 * The axes of a file by ImageJ, which has channels first, then z, then time; `undefined` where it names none, or where
 * another program took pages out.
 */
export async function imageJAxes(
  fields: ImageJFields,
  { directory, pages }: { directory: Directory; pages: number },
): Promise<Axes | undefined> {
  const [channelPages, z, t] = [countOf(fields, 'channels'), countOf(fields, 'slices'), countOf(fields, 'frames')];
  const hasAxes = ['channels', 'slices', 'frames'].some((key) => fields.has(key));
  if (!hasAxes || channelPages * z * t !== pages) return undefined;
  return {
    ...{ channelPages, z, t },
    channelNames: channelNames(await sliceLabels(directory), channelPages),
    pageOf: (at) => at.channel + channelPages * (at.z + z * at.t),
  };
}

function countOf(fields: ImageJFields, key: string): number {
  const count = Number(fields.get(key) ?? 1);
  return Number.isSafeInteger(count) && count >= 1 ? count : 1;
}

/** The side of a pixel in micrometres, where ImageJ knows a unit of length. */
export async function imageJPixelSize(fields: ImageJFields, directory: Directory): Promise<number | undefined> {
  const unit = (fields.get('unit') ?? '').replace(/\\u([\da-f]{4})/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const micrometres = micrometresOf(unit);
  if (micrometres === undefined) return undefined;
  const [x, y] = await densities(directory);
  return squareSide(micrometres / x, micrometres / y);
}

/** The labels of a file's planes, from the block that ImageJ adds to its first page. */
async function sliceLabels(directory: Directory): Promise<string[]> {
  const [counts, bytes] = [await directory.numbers(TAG.ImageJByteCounts), await directory.bytes(TAG.ImageJMetadata)];
  if (!counts || !bytes || bytes.length < 4) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = 0x494a494a; // IJIJ
  const isLittleEndian = view.getUint32(0, true) === magic;
  if (!isLittleEndian && view.getUint32(0) !== magic) return [];
  const headerSize = counts[0] as number;
  const labels: string[] = [];
  let [entry, at] = [1, headerSize];
  for (let head = 4; head + 8 <= Math.min(headerSize, bytes.length); head += 8) {
    const [type, count] = [view.getUint32(head, isLittleEndian), view.getUint32(head + 4, isLittleEndian)];
    for (let index = 0; index < count && entry < counts.length; index++) {
      const length = counts[entry++] as number;
      if (type === LABEL) {
        const encoding = isLittleEndian ? 'utf-16le' : 'utf-16be';
        labels.push(new TextDecoder(encoding).decode(bytes.subarray(at, at + length)).split('\n')[0] as string);
      }
      at += length;
    }
  }
  return labels;
}

/** The type of an entry that is a label: `labl`. */
const LABEL = 0x6c61626c;

/** Labels name channels where each channel has one of its own, at every z and time. */
function channelNames(labels: readonly string[], channels: number): string[] | undefined {
  const names = labels.slice(0, channels);
  const isEach = channels > 1 && new Set(names).size === channels && names.every((name) => name !== '');
  return isEach && labels.every((label, index) => label === names[index % channels]) ? names : undefined;
}
