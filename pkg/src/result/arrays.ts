import type { EngineInfo, EngineResult } from '../runtime/engine.js';
import type { Detection } from './detection.js';
import { Mask, type MaskFields } from './mask.js';
import { SegmentResult, type SegmentResultFields } from './result.js';
import { encodeRuns, tightBox } from './runs.js';

/** The objects of an image as a struct of arrays, best score first, as the engine's modules have them. */
export interface ObjectArrays {
  /** The image's width in pixels. */
  width: number;
  /** The image's height in pixels. */
  height: number;
  /** `[count * 4]`: x1, y1, x2, y2 in pixels of the image. */
  boxes: Float32Array;
  /** `[count]`: how sure the network is, 0 to 1. */
  scores: Float32Array;
  /** `[count]`: the classes' numbers. */
  classIds: Uint32Array;
  /** `[count * 4]`: x, y, width and height of the part of the image that each mask lies in; absent without masks. */
  rects?: Int32Array | undefined;
  /** The lengths of the runs of all masks, each row by row and zeros first. */
  runs?: Uint32Array | undefined;
  /** `[count]`: where each mask's runs end in `runs`. */
  runEnds?: Uint32Array | undefined;
  /** `[count * maskSize * maskSize]`: soft masks, 0 to 1, over the box; absent where there are only binary ones. */
  maskProbabilities?: Float32Array | undefined;
  /** Side of a soft mask. */
  maskSize?: number | undefined;
  /** Whether soft masks lie over the exact edges of their boxes, as in detectron2. */
  alignedMasks?: boolean | undefined;
}

/** A result of arrays; each mask takes a copy of its part of them. */
export function resultFromArrays(
  arrays: ObjectArrays,
  labels: readonly string[],
  rest: Omit<SegmentResultFields, 'width' | 'height' | 'detections'> = {},
): SegmentResult {
  const { width, height, boxes, scores, classIds, rects, runs, runEnds } = arrays;
  const imageSize = { width, height };
  const detections = Array.from(scores, (score, i): Detection => {
    const [x1, y1, x2, y2] = fourOf(boxes, i);
    const classId = classIds[i] as number;
    const box = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
    let mask: Mask | undefined;
    if (rects && runs && runEnds) {
      const [x, y, width, height] = fourOf(rects, i);
      const own = runs.slice(runEnds[i - 1] ?? 0, runEnds[i]);
      mask = new Mask({ x, y, width, height, runs: own, imageSize, box, ...softMaskOf(arrays, i) });
    }
    return { label: labels[classId] ?? `class ${classId}`, classId, score, box, mask };
  });
  return new SegmentResult({ ...rest, width, height, detections });
}

/** A result of what the engine found in one image, with soft masks where it gives them. */
export function toResult(
  raw: EngineResult,
  { backend }: Pick<EngineInfo, 'backend'>,
  labels: readonly string[],
  rest: Omit<SegmentResultFields, 'width' | 'height' | 'detections' | 'timing'> = {},
): SegmentResult {
  const { milliseconds, readBacks } = raw;
  return resultFromArrays(raw, labels, { ...rest, timing: { backend, milliseconds, readBacks } });
}

function softMaskOf(
  { maskProbabilities, maskSize = 0, alignedMasks }: ObjectArrays,
  index: number,
): Pick<MaskFields, 'probabilities' | 'isAligned'> {
  if (!maskProbabilities) return {};
  const side = maskSize ** 2;
  return { probabilities: maskProbabilities.slice(index * side, (index + 1) * side), isAligned: alignedMasks };
}

/**
 * The arrays of a result. Masks are cut to the part that holds their pixels; an object without one among others that have
 * theirs gets an empty mask.
 */
export function arraysOf({ width, height, detections }: SegmentResult): ObjectArrays {
  const count = detections.length;
  const [boxes, scores, classIds] = [new Float32Array(count * 4), new Float32Array(count), new Uint32Array(count)];
  detections.forEach(({ box, score, classId }, i) => {
    boxes.set([box.x, box.y, box.x + box.width, box.y + box.height], i * 4);
    scores[i] = score;
    classIds[i] = classId;
  });
  const arrays = { width, height, boxes, scores, classIds };
  // Of no objects there are no masks either, and an empty label image is one all the same.
  const hasMasks = count === 0 || detections.some(({ mask }) => mask);
  return hasMasks ? { ...arrays, ...masksOf(detections) } : arrays;
}

function masksOf(detections: readonly Detection[]): Pick<ObjectArrays, 'rects' | 'runs' | 'runEnds'> {
  const [rects, runEnds] = [new Int32Array(detections.length * 4), new Uint32Array(detections.length)];
  const parts = detections.map(({ box, mask }, i): Uint32Array => {
    if (!mask) {
      rects.set([Math.max(0, Math.floor(box.x)), Math.max(0, Math.floor(box.y)), 0, 0], i * 4);
      return new Uint32Array(0);
    }
    const tight = tightBox(mask.runs, mask);
    rects.set([tight.x, tight.y, tight.width, tight.height], i * 4);
    return tight.width === mask.width && tight.height === mask.height ? mask.runs : cropped(mask, tight);
  });
  let total = 0;
  parts.forEach((part, i) => {
    total += part.length;
    runEnds[i] = total;
  });
  const runs = new Uint32Array(total);
  parts.forEach((part, i) => {
    runs.set(part, (runEnds[i] as number) - part.length);
  });
  return { rects, runs, runEnds };
}

/** The runs of a part of a mask. */
function cropped(mask: Mask, { x, y, width, height }: Pick<Mask, 'x' | 'y' | 'width' | 'height'>): Uint32Array {
  const { data } = mask;
  const pixels = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (y - mask.y + row) * mask.width + x - mask.x;
    pixels.set(data.subarray(start, start + width), row * width);
  }
  return encodeRuns(pixels);
}

function fourOf(values: Float32Array | Int32Array, index: number): [number, number, number, number] {
  return Array.from(values.subarray(index * 4, index * 4 + 4)) as [number, number, number, number];
}
