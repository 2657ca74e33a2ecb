import { MaskRcnnError } from './errors.js';

/** Where options are now, by the name that they had. */
export type Moved = Readonly<Record<string, string>>;

/** Options of `load` and `convert` that moved. */
export const MOVED_CHECKPOINT_OPTIONS: Moved = {
  stateDict: 'checkpoint: { stateDict }',
  channelOrder: 'checkpoint: { channelOrder }',
  strideIn1x1: 'checkpoint: { strideIn1x1 }',
  batchNormEps: 'checkpoint: { batchNormEps }',
};

/** Options of `load` that moved. */
export const MOVED_LOAD_OPTIONS: Moved = {
  ...MOVED_CHECKPOINT_OPTIONS,
  numClasses: 'checkpoint: { numClasses }',
  masks: 'checkpoint: { masks }',
  arithmetic: 'dtype',
  minSize: 'settings: { input: { minSize } }',
  maxSize: 'settings: { input: { maxSize } }',
  minScale: 'settings: { input: { minScale } }',
  contrast: 'settings: { input: { contrast: { low, high } } }',
  mean: 'settings: { input: { mean } }',
  std: 'settings: { input: { std } }',
  anchorSizes: 'settings: { anchors: { sizes } }',
  aspectRatios: 'settings: { anchors: { aspectRatios } }',
  preNmsTopN: 'settings: { proposals: { preNmsTopN } }',
  postNmsTopN: 'settings: { proposals: { postNmsTopN } }',
  scoreThreshold: 'settings: { detections: { scoreThreshold } }',
  nmsThreshold: 'settings: { detections: { nmsThreshold } }',
  maxDetections: 'settings: { detections: { maxDetections } }',
  pooling: 'settings: { detections: { pooling } }',
};

/** Options that choose objects, and were renamed. */
export const MOVED_FILTERS: Moved = { labels: 'classes', excludeLabels: 'excludeClasses' };

/** Options of `draw` that moved. */
export const MOVED_DRAW_OPTIONS: Moved = {
  source: 'draw(canvas, image, result)',
  outlines: 'showOutlines',
  boxes: 'showBoxes',
  labels: 'showLabels',
  scores: 'showScores',
};

/** Options of `toCsv` that are gone. */
export const MOVED_CSV_OPTIONS: Moved = { unit: 'pixelSize, in micrometres' };

/**
 * Options that are no longer where a caller gives them would otherwise be ignored in silence.
 *
 * @throws `invalid-input` that says where the option is now
 */
export function refuseMoved(options: object, moved: Moved): void {
  for (const [name, place] of Object.entries(moved)) {
    if ((options as Record<string, unknown>)[name] === undefined) continue;
    throw new MaskRcnnError('invalid-input', `the option \`${name}\` has moved: write \`${place}\``);
  }
}
