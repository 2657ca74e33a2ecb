import { checkFunction, checkNumber, checkObject, checkSignal, checkStrings, kindOf } from './arguments.js';
import { MaskRcnnError } from './errors.js';
import type { ModelSource, Progress } from './model/model.js';
import type { SegmentResult } from './result/result.js';
import type { BackendChoice } from './runtime/backend.js';
import type { EngineOptions } from './runtime/engine.js';
import type { WorkerChoice } from './runtime/remote.js';
import type { WasmChoice } from './runtime/wasm.js';

/** What {@link Segmenter.load} takes. */
export interface LoadOptions extends EngineOptions {
  /**
   * The model: a manifest, as an object, a URL or a `Response`, or the URL of its folder; the files of a model's folder
   * that the visitor has chosen; or a checkpoint alone, torchvision's or detectron2's, `.safetensors`, `.pth` or `.pkl`, as a URL or as
   * bytes. The other options go before what a manifest says.
   */
  model: ModelSource;
  /** Where to run; `'auto'` by default: WebGPU where there is a real GPU, else the CPU. */
  backend?: BackendChoice;
  /**
   * `true`, the default: in a worker. `false`: on the page's own thread, which stands still while the CPU works. Or a
   * function that starts a worker with the script `maskrcnn-web/worker`, for set-ups that do not find the package's.
   */
  worker?: WorkerChoice;
  /**
   * Where the package's wasm modules are, for set-ups that do not find them beside its script: the one that runs, as a
   * URL, a `Response`, bytes or a `WebAssembly.Module`, or one for each backend, `{ webgpu, cpu }`, with `cpuRelaxed` for
   * browsers with relaxed SIMD. Their files are `maskrcnn-web/wasm/maskrcnn_webgpu_bg.wasm`, `…_cpu_bg.wasm` and
   * `…_cpu_relaxed_bg.wasm`.
   */
  wasm?: WasmChoice;
  /**
   * Whether the files of a model with a manifest are kept in the browser's cache, so that they are fetched once;
   * `true` by default.
   */
  cache?: boolean;
  /** The names of the classes by number, the background first; else the manifest's, or COCO's for 91 classes and, without its gaps, for 81. */
  labels?: readonly string[];
  /** Stops loading. */
  signal?: AbortSignal;
  /** Called while the model arrives, when the network is built and while the GPU compiles its kernels. */
  onProgress?: (progress: Progress) => void;
}

/** What {@link Segmenter.inspect} and {@link Segmenter.profile} take. */
export interface CallOptions {
  /** Gives up waiting. The segmenter stays usable. */
  signal?: AbortSignal;
}

/** What {@link Segmenter.segment} takes. */
export interface SegmentOptions extends CallOptions {
  /** Objects with this score or less are left out, 0 to 1; else as when loading, or the manifest's, or 0.05. */
  scoreThreshold?: number;
  /** At most so many objects, 1 to 1000; else as when loading, or the manifest's, or 100. */
  maxDetections?: number;
  /** Of all objects that would be found, only those with one of these labels; all by default. */
  labels?: readonly string[];
  /** Of all objects that would be found, none with one of these labels; none is left out by default. */
  excludeLabels?: readonly string[];
  /**
   * Whether the result has an `inspection`: how the network came to it, stage by stage; `false` by default. The network
   * then runs twice, and tens of megabytes are read back.
   */
  inspect?: boolean;
}

/** What {@link Segmenter.segmentBatch} takes. */
export interface BatchOptions extends SegmentOptions {
  /** Called after each picture. */
  onProgress?: (progress: BatchProgress) => void;
}

/** How far a batch is. */
export interface BatchProgress {
  /** Pictures that are done. */
  loaded: number;
  /** Pictures in all. */
  total: number;
  /** What was found in the last one. */
  result: SegmentResult;
}

/** What {@link Segmenter.stream} takes; its `signal` ends the stream. */
export type StreamOptions = SegmentOptions;

/**
 * Checks what the engine does not see, or sees too late.
 *
 * @throws `invalid-input` for what is out of range or not among the model's labels
 */
export function checkSegmentOptions(options: SegmentOptions, known: readonly string[]): void {
  checkCallOptions(options);
  const { scoreThreshold, maxDetections, labels = [], excludeLabels = [] } = options;
  checkNumber(scoreThreshold, 'scoreThreshold', { max: 1 });
  checkNumber(maxDetections, 'maxDetections', { min: 1, max: 1000, isWhole: true });
  checkStrings(labels, 'labels');
  checkStrings(excludeLabels, 'excludeLabels');
  const unknown = [...labels, ...excludeLabels].find((label) => !known.includes(label));
  if (unknown !== undefined) throw new MaskRcnnError('invalid-input', `the model has no label '${unknown}'`);
}

/** @throws `invalid-input` for options without an `AbortSignal` in the place of one */
export function checkCallOptions(options: CallOptions): void {
  checkObject(options, 'the options');
  checkSignal(options.signal);
}

/**
 * Checks what the engine and the reader of models do not see, or see too late.
 *
 * @throws `invalid-input` for what is of the wrong kind
 */
export function checkLoadOptions(options: LoadOptions): void {
  checkObject(options, 'load() takes { model } and more options: they');
  const { model, worker, labels, signal, onProgress } = options;
  if (model === undefined || model === null) {
    throw new MaskRcnnError(
      'invalid-input',
      'load() needs a model: the URL of its manifest or checkpoint, files, or bytes',
    );
  }
  checkSignal(signal);
  checkFunction(onProgress, 'onProgress');
  checkStrings(labels, 'labels');
  checkWorker(worker);
}

/** @throws `invalid-input` unless it is a place for an engine, or `undefined` */
export function checkWorker(worker: WorkerChoice | undefined): void {
  if (worker === undefined || typeof worker === 'boolean' || typeof worker === 'function') return;
  throw new MaskRcnnError(
    'invalid-input',
    `worker must be true, false or a function that starts a worker, not ${kindOf(worker)}`,
  );
}
