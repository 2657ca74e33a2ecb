import type { Directory, DirectoryFile } from './directory.js';
import { TAG } from './tags.js';

/** A page, and the directories of the smaller levels of its pyramid, largest first. */
export interface Pyramid {
  base: Directory;
  reduced: Directory[];
}

/** Bits of the tag `NewSubfileType`. */
const REDUCED = 1;
const MASK = 4;

/**
 * Sorts a file's directories into pages and the smaller levels of their pyramids: those that a page lists (OME-TIFF),
 * those that follow it and say that they are reduced, and smaller tiled ones behind a tiled one, as slide scanners write
 * them. Thumbnails, labels of slides and masks are neither.
 */
export async function sortPyramids(
  file: DirectoryFile,
  directories: readonly Directory[],
  isAperio: boolean,
): Promise<Pyramid[]> {
  const pyramids: Pyramid[] = [];
  for (const directory of directories) {
    const kind = await directory.number(TAG.NewSubfileType, 0);
    const last = pyramids[pyramids.length - 1];
    const isSmall = last !== undefined && (await isSmaller(directory, last.base));
    // Slide scanners do not say of levels what they are; thumbnails, labels and macro images are in strips.
    const isScanned = isSmall && isTiled(directory) && isTiled(last.base);
    const isReduced = last !== undefined && ((kind & REDUCED) !== 0 || isAperio || isScanned);
    if (isReduced) {
      if (isSmall && (isTiled(directory) || !isAperio)) last.reduced.push(directory);
    } else if ((kind & MASK) === 0 || last === undefined) pyramids.push({ base: directory, reduced: [] });
  }
  for (const { base, reduced } of pyramids) {
    for (const child of await file.children(base)) if (await isSmaller(child, base)) reduced.push(child);
  }
  return pyramids;
}

function isTiled(directory: Directory): boolean {
  return directory.count(TAG.TileOffsets) > 0;
}

/** Whether a directory is of the same image as another, at a lower resolution. */
async function isSmaller(directory: Directory, base: Directory): Promise<boolean> {
  const [width, height, ...kind] = await shapeOf(directory);
  const [fullWidth, fullHeight, ...fullKind] = await shapeOf(base);
  // Some microscopes write a thumbnail in colour behind each page.
  if (!(width >= 1 && height >= 1 && width < fullWidth) || kind.join() !== fullKind.join()) return false;
  // Levels are rounded to whole pixels, some to whole tiles.
  return Math.abs(height - (fullHeight * width) / fullWidth) <= Math.max(2, 0.02 * height);
}

/** Width and height, and samples and bits of a pixel. */
async function shapeOf(directory: Directory): Promise<[number, number, number, number]> {
  return [
    await directory.number(TAG.ImageWidth, 0),
    await directory.number(TAG.ImageLength, 0),
    await directory.number(TAG.SamplesPerPixel, 1),
    await directory.number(TAG.BitsPerSample, 1),
  ];
}
