/**
 * Mask R-CNN in the browser. Load a model with {@link Segmenter.load}, find objects with
 * {@link Segmenter.segment}, show them with {@link draw}. Importing this does nothing.
 */
export type { BackendChoice } from './backend.js';
export * from './draw.js';
export type { EngineOptions, Stage, StageTime } from './engine.js';
export {
  AbortedError,
  DeviceLostError,
  DisposedError,
  type ErrorCode,
  InternalError,
  IoError,
  OutOfMemoryError,
  WebGpuUnavailableError,
  WeightsIncompatibleError,
  WeightsIntegrityError,
} from './errors.js';
export { COCO_LABELS } from './labels.js';
export type { ModelManifest, WeightsFile } from './manifest.js';
export type { ModelSource, Progress } from './model.js';
export { type CallOptions, type LoadOptions, Segmenter, type SegmentOptions } from './segmenter.js';
