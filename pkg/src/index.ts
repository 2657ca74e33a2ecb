/**
 * Mask R-CNN in the browser. Load a model with {@link Segmenter.load}, find objects with
 * {@link Segmenter.segment}, show them with {@link draw}. Importing this does nothing.
 */
export type { BackendChoice } from './backend.js';
export { type ConvertedModel, type ConvertOptions, convert } from './convert.js';
export * from './draw.js';
export type { Arithmetic, CheckpointOptions, Conventions, EngineOptions, Stage, StageTime } from './engine.js';
export {
  AbortedError,
  DeviceLostError,
  DisposedError,
  EnvironmentError,
  type ErrorCode,
  InternalError,
  IoError,
  OutOfMemoryError,
  WebGpuUnavailableError,
  WeightsIncompatibleError,
  WeightsIntegrityError,
} from './errors.js';
export type { StreamSource } from './frames.js';
export type { InspectedDetection, Inspection, ObjectnessLevel, Proposal } from './inspection.js';
export { COCO_LABELS } from './labels.js';
export type { ModelManifest, WeightsFile } from './manifest.js';
export type { CheckpointSource, ModelSource, Progress } from './model.js';
export type {
  BatchOptions,
  BatchProgress,
  CallOptions,
  LoadOptions,
  SegmentOptions,
  StreamOptions,
} from './options.js';
export type { WorkerChoice } from './remote.js';
export { Segmenter } from './segmenter.js';
export type { PictureSource } from './source.js';
export type { StreamItem } from './stream.js';
export type { WasmChoice, WasmModules, WasmSource } from './wasm.js';
export type { WorkerFactory } from './worker-runtime.js';
