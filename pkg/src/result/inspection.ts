import type { EngineResult, Stage } from '../runtime/engine.js';
import type { Detection } from './detection.js';
import type { Box, Size } from './geometry.js';

/** How the network reached a result, stage by stage; boxes are in pixels of the image. */
export interface Inspection {
  /** How sure the network is, place by place, that there is any object at all: P2, the finest level, to P6. */
  levels: ObjectnessLevel[];
  /** Where objects may be, before non-maximum suppression, level by level; empty where the engine does not tell. */
  candidates: Proposal[];
  /** Those that are left after it, best first: what the second stage looks at. */
  proposals: Proposal[];
  /** What the second stage made of the objects of the result, in the result's order. */
  detections: InspectedDetection[];
  /** The size to which the image was scaled for the network, before padding. */
  resized: Size;
  /** Everything, as the engine has it. */
  stages: readonly Stage[];
}

/** The objectness of one level of the pyramid. */
export interface ObjectnessLevel {
  /** `'P2'` to `'P6'`. */
  name: string;
  /** Number of columns. */
  width: number;
  /** Number of rows. */
  height: number;
  /** `width * height` probabilities, 0 to 1, row by row: the highest of each place's anchors. */
  scores: Float32Array;
  /** Width and height that a place has on the image, in pixels of the image; the last ones may reach beyond it. */
  cell: Size;
}

/** A box in which there may be an object, of whatever class. */
export interface Proposal {
  /** Where it is. */
  box: Box;
  /** How sure the network is that there is an object, 0 to 1. */
  score: number;
  /**
   * Of a candidate: the level that it was found on, `'P2'` to `'P6'`. Of a proposal: the level that its features are
   * taken from, `'P2'` to `'P5'`. `undefined` where the engine does not tell.
   */
  level: string | undefined;
}

// A function keeps whatever holds it from being sent to another window or worker, unless its key is a symbol.
const maskFor = Symbol('maskFor');

/** What is known of an object beside what the result says. */
export class InspectedDetection {
  private readonly [maskFor]: (classId: number) => Float32Array | undefined;

  /** Made by `segment`. */
  constructor(
    /** The object in the result. */
    readonly detection: Detection,
    /** Probability of each class, the background first; `undefined` where the engine does not tell. */
    readonly classScores: Float32Array | undefined,
    /** Side of a soft mask; 0 without masks. */
    readonly maskSize: number,
    readMask: (classId: number) => Float32Array | undefined,
  ) {
    this[maskFor] = readMask;
  }

  /**
   * The soft mask that the network draws if the object is of that class: `maskSize * maskSize` probabilities, 0 to 1,
   * over the box. `undefined` without masks, and for other classes than the object's own where the engine has no more.
   */
  maskFor(classId: number): Float32Array | undefined {
    return this[maskFor](classId);
  }
}

type Tensors = Map<string, Stage>;

/** Puts the engine's stages of an image into words. */
export function toInspection(raw: EngineResult, detections: readonly Detection[]): Inspection {
  const { stages = [], width, height, resizedWidth = width, resizedHeight = height } = raw;
  const tensors: Tensors = new Map(stages.map((stage) => [stage.name, stage]));
  // Pixels of the image for one of the network's input.
  const scale = { x: width / resizedWidth, y: height / resizedHeight };
  const proposals = (boxes: string, scores: string, levels: string): Proposal[] => {
    const [score, level] = [tensors.get(scores)?.data, tensors.get(levels)?.data];
    return boxesOf(tensors.get(boxes), scale).map((box, i) => ({
      box,
      score: score?.[i] ?? 0,
      level: level && `P${(level[i] as number) + 2}`,
    }));
  };
  return {
    levels: levelsOf(tensors, scale),
    candidates: proposals('rpn.candidates', 'rpn.candidate_scores', 'rpn.candidate_levels'),
    proposals: proposals('rpn.proposals', 'rpn.proposal_scores', 'roi.levels'),
    detections: inspectDetections(tensors, detections),
    resized: { width: resizedWidth, height: resizedHeight },
    stages,
  };
}

interface Scale {
  x: number;
  y: number;
}

function boxesOf(stage: Stage | undefined, scale: Scale): Box[] {
  const data = stage?.data ?? [];
  return Array.from({ length: data.length / 4 }, (_, i) => {
    const [x1, y1, x2, y2] = data.slice(i * 4, i * 4 + 4) as unknown as [number, number, number, number];
    return { x: x1 * scale.x, y: y1 * scale.y, width: (x2 - x1) * scale.x, height: (y2 - y1) * scale.y };
  });
}

function levelsOf(tensors: Tensors, scale: Scale): ObjectnessLevel[] {
  const [, , paddedHeight = 0, paddedWidth = 0] = tensors.get('input.padded')?.shape ?? [];
  const levels: ObjectnessLevel[] = [];
  for (let level = 0; ; level++) {
    const stage = tensors.get(`rpn.objectness.${level}`);
    if (!stage) return levels;
    const [, anchors = 0, height = 0, width = 0] = stage.shape;
    const scores = new Float32Array(width * height);
    for (let place = 0; place < scores.length; place++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let anchor = 0; anchor < anchors; anchor++) {
        most = Math.max(most, stage.data[anchor * scores.length + place] as number);
      }
      scores[place] = sigmoid(most);
    }
    const cell = { width: (paddedWidth / width) * scale.x, height: (paddedHeight / height) * scale.y };
    levels.push({ name: `P${level + 2}`, width, height, scores, cell });
  }
}

/** Finds each object of the result among the engine's, of which there may be more or fewer. */
function inspectDetections(tensors: Tensors, detections: readonly Detection[]): InspectedDetection[] {
  const boxes = boxesOf(tensors.get('det.boxes'), { x: 1, y: 1 });
  const labels = tensors.get('det.labels')?.data ?? [];
  const logits = tensors.get('mask.logits');
  const all = tensors.get('mask.logits_all');
  const classScores = tensors.get('det.class_scores');
  const side = logits?.shape.at(-1) ?? 0;
  const mask = (stage: Stage, index: number) =>
    Float32Array.from(stage.data.subarray(index * side ** 2, (index + 1) * side ** 2), sigmoid);
  return detections.map((detection) => {
    const row = boxes.findIndex((box, i) => labels[i] === detection.classId && isSame(box, detection.box));
    const classes = classScores?.shape[1] ?? 0;
    const scores = classScores?.data as Float32Array | undefined;
    const own = row < 0 ? undefined : scores?.slice(row * classes, (row + 1) * classes);
    return new InspectedDetection(detection, own, side, (classId) => {
      if (row < 0) return undefined;
      const count = all?.shape[1] ?? 0;
      if (all && classId >= 0 && classId < count) return mask(all, row * count + classId);
      return logits && classId === detection.classId ? mask(logits, row) : undefined;
    });
  });
}

function isSame(a: Box, b: Box): boolean {
  const apart = [a.x - b.x, a.y - b.y, a.width - b.width, a.height - b.height];
  return apart.every((distance) => Math.abs(distance) < 0.1);
}

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
