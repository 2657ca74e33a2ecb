import type { Backend, EngineResult } from './engine.js';
import { Mask } from './mask.js';

/** A rectangle in pixels of the picture; the numbers need not be whole. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One object that was found. */
export interface Detection {
  /** The class's name. */
  label: string;
  /** The class's number as the model counts; 0, the background, never occurs. */
  classId: number;
  /** How sure the network is, 0 to 1. */
  score: number;
  /** Where the object is. */
  box: Box;
  /** Which pixels are the object's; `undefined` when the network has no masks. */
  mask: Mask | undefined;
}

/** What was found in one picture. */
export interface SegmentResult {
  /** The picture's width in pixels. */
  width: number;
  /** The picture's height in pixels. */
  height: number;
  /** The objects, best score first. */
  detections: Detection[];
  /** What it ran on. */
  backend: Backend;
  /** Milliseconds that the network took, from pixels to masks. */
  milliseconds: number;
  /** Times that the GPU was waited for to hand numbers back. */
  readbacks: number;
}

/** Puts the engine's flat arrays into words; the masks stay views into them. */
export function toResult(raw: EngineResult, backend: Backend, labels: readonly string[]): SegmentResult {
  let offset = 0;
  const detections = Array.from({ length: raw.count }, (_, i): Detection => {
    const [x1, y1, x2, y2] = raw.boxes.subarray(i * 4) as unknown as [number, number, number, number];
    const classId = raw.classIds[i] as number;
    const mask = raw.maskSize > 0 ? maskOf(raw, i, offset) : undefined;
    offset += mask?.data.length ?? 0;
    return {
      label: labels[classId] ?? `class ${classId}`,
      classId,
      score: raw.scores[i] as number,
      box: { x: x1, y: y1, width: x2 - x1, height: y2 - y1 },
      mask,
    };
  });
  const { width, height, milliseconds, readbacks } = raw;
  return { width, height, detections, backend, milliseconds, readbacks };
}

function maskOf(raw: EngineResult, index: number, offset: number): Mask {
  const [x, y, width, height] = raw.maskRects.subarray(index * 4) as unknown as [number, number, number, number];
  const side = raw.maskSize ** 2;
  return new Mask(
    x,
    y,
    width,
    height,
    raw.maskPixels.subarray(offset, offset + width * height),
    raw.maskProbabilities.subarray(index * side, (index + 1) * side),
  );
}
