/**
 * Mask R-CNN in the browser. Load a model with {@link Segmenter.load}, find objects with
 * {@link Segmenter.segment}, show them with {@link draw}. Importing this does nothing.
 */
export type { BackendChoice } from './backend.js';
export { type DrawOptions, draw, PALETTE } from './draw.js';
export type { Backend, EngineOptions, Stage, StageTime } from './engine.js';
export {
  AbortedError,
  DeviceLostError,
  DisposedError,
  type ErrorCode,
  InternalError,
  InvalidInputError,
  IoError,
  MaskRcnnError,
  OutOfMemoryError,
  WebGpuUnavailableError,
  WeightsIncompatibleError,
  WeightsIntegrityError,
} from './errors.js';
export { COCO_LABELS } from './labels.js';
export type { ModelManifest, WeightsFile } from './manifest.js';
export { Mask } from './mask.js';
export type { ModelSource, Progress } from './model.js';
export type { Box, Detection, SegmentResult } from './result.js';
export { type CallOptions, type LoadOptions, Segmenter, type SegmentOptions } from './segmenter.js';
export type { PictureSource } from './source.js';
