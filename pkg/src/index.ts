/**
 * Mask R-CNN in the browser. Load a model with {@link Segmenter.load}, find objects with
 * {@link Segmenter.segment}, show them with {@link draw}. Importing this does nothing.
 */

export { type ConvertedModel, type ConvertOptions, convert } from './convert.js';
export type { GpuDrawOptions } from './draw/drawing.js';
export * from './draw.js';
export type { DrawnFrame, DrawStreamOptions } from './draw-stream.js';
export { type ErrorCode, MaskRcnnError } from './errors.js';
export type { Channel, ChannelChoice } from './image/channels.js';
export type { StreamSource } from './image/frames.js';
export type { GpuBufferImage, GpuImage } from './image/gpu-image.js';
export type { RawImage } from './image/raw-image.js';
export type { ReadOptions, Region, RegionImage } from './image/region-image.js';
export type { ImageSource } from './image/source.js';
export type { CheckpointOptions, LoadCheckpointOptions } from './model/checkpoint.js';
export { COCO_LABELS } from './model/labels.js';
export type { CheckpointSource, ModelSource, Progress } from './model/model.js';
export type { ModelPackage, WeightsSource } from './model/model-package.js';
export type {
  AnchorSettings,
  ChannelOrder,
  ContrastSettings,
  Conventions,
  DetectionSettings,
  InputSettings,
  Manifest,
  PartialSettings,
  Precision,
  ProposalSettings,
  Settings,
  WeightsFile,
} from './model/settings.js';
export type {
  CallOptions,
  LoadOptions,
  SegmentOptions,
  StreamOptions,
} from './options.js';
export type { InspectedDetection, Inspection, ObjectnessLevel, Proposal } from './result/inspection.js';
export type { BackendChoice } from './runtime/backend.js';
export type { Dtype, GpuKernels, Stage } from './runtime/engine.js';
export type { WorkerChoice } from './runtime/remote.js';
export type { WasmChoice, WasmModules, WasmSource } from './runtime/wasm.js';
export type { WorkerCount } from './runtime/worker-count.js';
export type { WorkerFactory } from './runtime/worker-runtime.js';
export type { ImageSources, SegmentedImage } from './segment-all.js';
export { Segmenter } from './segmenter.js';
export type { StreamFrame, StreamItem } from './stream.js';
export type { DiameterChoice } from './tiles/diameter.js';
export type { SegmentedTile, TileProgress } from './tiles/segmented-tile.js';
