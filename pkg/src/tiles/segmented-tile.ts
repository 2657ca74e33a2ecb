import type { Region } from '../image/region-image.js';
import type { ObjectArrays } from '../result/arrays.js';
import type { Detection } from '../result/detection.js';
import type { SegmentResult } from '../result/result.js';

/** A part of an image that is finished. An image that is not cut is one tile. */
export interface SegmentedTile extends Region {
  /** The tile's place among all, from 0, row by row; they may be finished in any order. */
  index: number;
  /** How many tiles are finished, this one included. */
  done: number;
  /** How many tiles the image has. */
  total: number;
  /**
   * The objects to show until all tiles are finished, in pixels of the image: those whose middle is nearer to this tile's
   * than to any other's. Objects at the tile's edge may be cut off, until {@link SegmentedTile.result} joins them.
   */
  detections: Detection[];
  /** The result of all tiles that are finished by now, with the objects at their seams joined. */
  result(): SegmentResult;
}

/** How far {@link Segmenter.segment} is. */
export interface TileProgress {
  /** What is done: tiles are segmented. */
  phase: 'tiles';
  /** How many tiles are finished. */
  done: number;
  /** How many tiles the image has; 1 for one that is not cut. */
  total: number;
  /** The tile that was just finished. */
  tile: SegmentedTile;
}

/** Some of a tile's objects, in pixels of the image. */
export function movedObjects(found: ObjectArrays, indices: Uint32Array, { x, y, width, height }: Region): ObjectArrays {
  const count = indices.length;
  const [boxes, scores, classIds] = [new Float32Array(count * 4), new Float32Array(count), new Uint32Array(count)];
  const [rects, runEnds] = [new Int32Array(count * 4), new Uint32Array(count)];
  const runs: Uint32Array[] = [];
  let end = 0;
  indices.forEach((from, to) => {
    boxes.set(found.boxes.subarray(from * 4, from * 4 + 4), to * 4);
    scores[to] = found.scores[from] as number;
    classIds[to] = found.classIds[from] as number;
    if (!found.rects || !found.runs || !found.runEnds) return;
    rects.set(found.rects.subarray(from * 4, from * 4 + 4), to * 4);
    const own = found.runs.subarray(found.runEnds[from - 1] ?? 0, found.runEnds[from]);
    runs.push(own);
    end += own.length;
    runEnds[to] = end;
  });
  for (let at = 0; at < count * 4; at++) {
    boxes[at] = (boxes[at] as number) + (at % 2 === 0 ? x : y);
    if (at % 4 < 2) rects[at] = (rects[at] as number) + (at % 2 === 0 ? x : y);
  }
  const arrays = { width, height, boxes, scores, classIds };
  if (!found.rects) return arrays;
  const joined = new Uint32Array(end);
  runs.forEach((own, to) => {
    joined.set(own, (runEnds[to] as number) - own.length);
  });
  return { ...arrays, rects, runs: joined, runEnds };
}
