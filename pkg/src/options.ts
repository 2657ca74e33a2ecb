import { checkFunction, checkNumber, checkObject, checkSignal, checkStrings, kindOf } from './arguments.js';
import { MaskRcnnError } from './errors.js';
import { type ChannelChoice, checkChannels } from './image/channels.js';
import type { LoadCheckpointOptions } from './model/checkpoint.js';
import type { ModelSource, Progress } from './model/model.js';
import { MODEL_PACKAGES } from './model/packages.js';
import type { PartialSettings } from './model/settings.js';
import { MOVED_FILTERS, MOVED_LOAD_OPTIONS, refuseMoved } from './moved-options.js';
import type { BackendChoice } from './runtime/backend.js';
import type { Dtype, GpuKernels } from './runtime/engine.js';
import type { WorkerChoice } from './runtime/remote.js';
import type { WasmChoice } from './runtime/wasm.js';
import { checkWorkers, type WorkerCount } from './runtime/worker-count.js';
import type { DiameterChoice } from './tiles/diameter.js';
import type { TileProgress } from './tiles/segmented-tile.js';

/** What {@link Segmenter.load} takes. */
export interface LoadOptions {
  /**
   * The model: the default export of a package that holds one, such as `maskrcnn-web-nuclei`; a manifest, as an object, a
   * URL or a `Response`, or the URL of its folder; the files of a model's folder that the visitor has chosen; or a
   * checkpoint alone, torchvision's or detectron2's, `.safetensors`, `.pth` or `.pkl`, as a URL or as bytes.
   */
  model: ModelSource;
  /** What the network is run with; what is left out is as in the manifest or, without one, as in torchvision. */
  settings?: PartialSettings;
  /** What a checkpoint is, where the file alone does not tell. */
  checkpoint?: LoadCheckpointOptions;
  /**
   * The precision of the network's weights and features; `'f32'` by default. `'f16'` takes effect only on WebGPU, on a GPU
   * with `shader-f16`; elsewhere the network computes in `'f32'`, and `segmenter.dtype` says so. `'auto'` is `'f16'` on such
   * a GPU, and `'f32'` on software adapters, which are not faster with `'f16'`.
   */
  dtype?: 'auto' | Dtype;
  /**
   * Which kernels a GPU runs: `'auto'`, the default, chooses by the adapter and its limits; `'portable'` and `'tiled'` are
   * for comparing the two. Segmenters of one thread share a GPU, and run what the last of them was loaded with.
   */
  gpuKernels?: 'auto' | GpuKernels;
  /** Where to run; `'auto'` by default: WebGPU where there is a real GPU, else the CPU. */
  backend?: BackendChoice;
  /**
   * The page's own device, in place of one that the engine opens: for images that are on it, a `GPUTexture` or a buffer.
   * It is for `worker: false`, as a device stays with its thread. It needs the feature `timestamp-query`, and `shader-f16`
   * where `dtype` is `'f16'`; the larger its limits, the larger the images. It is not destroyed with the segmenter.
   */
  device?: GPUDevice;
  /**
   * `true`, the default: in a worker. `false`: on the page's own thread, which stands still while the CPU works. Or a
   * function that starts a worker with the script `maskrcnn-web/worker`, for set-ups that do not find the package's.
   */
  worker?: WorkerChoice;
  /**
   * Where the package's wasm modules are, for set-ups that do not find them beside its script: the one that runs, as a
   * URL, a `Response`, bytes or a `WebAssembly.Module`, or one for each backend, `{ webgpu, cpu }`, with `cpuRelaxed` for
   * browsers with relaxed SIMD and `objects` for tiles, measures and exports. Their files are
   * `maskrcnn-web/wasm/maskrcnn_webgpu_bg.wasm`, `…_cpu_bg.wasm`, `…_cpu_relaxed_bg.wasm` and `…_objects_bg.wasm`.
   */
  wasm?: WasmChoice;
  /**
   * How many workers share the tiles of a large image, and the images of a batch, on the CPU, 1 to 64; `'auto'`, the
   * default: one for each core, as far as memory allows. All but the first start when there is something to share, and end
   * when there has been nothing for half a minute.
   */
  workers?: WorkerCount;
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

const LOAD_OPTIONS: ReadonlySet<string> = new Set<keyof LoadOptions>([
  'model',
  'settings',
  'checkpoint',
  'dtype',
  'gpuKernels',
  'backend',
  'device',
  'worker',
  'wasm',
  'workers',
  'cache',
  'labels',
  'signal',
  'onProgress',
]);

/** What every call to a network takes. */
export interface CallOptions {
  /** Stops waiting. The segmenter stays usable. */
  signal?: AbortSignal;
}

/** What {@link Segmenter.segment} and {@link Segmenter.segmentAll} take. */
export interface SegmentOptions extends CallOptions {
  /** Settings in place of those that the segmenter was loaded with, for this call; some of them. */
  settings?: PartialSettings;
  /** Only objects whose score is greater than this, 0 to 1; by default that of the segmenter's settings. */
  scoreThreshold?: number;
  /**
   * The maximum number of objects, the best ones; by default that of the settings which this call or `load` was given. Where
   * neither says it, there is no limit for models that see objects at a scale of their own (images that hold more than the
   * network gives at once are cut into tiles), and that of the model's settings for others. `result.truncated` says
   * whether it was reached.
   */
  maxDetections?: number;
  /** Only objects of these classes, by name; all by default. */
  classes?: readonly string[];
  /** No objects of these classes, by name; none by default. */
  excludeClasses?: readonly string[];
  /**
   * Whether the image is cut into tiles, whose objects are joined: `'auto'`, the default, where it is larger than the
   * model's input and the model sees objects at a scale of their own; `false`: never, it is resized as a whole; or tiles
   * of at most this side, in pixels of the image.
   */
  tile?: 'auto' | false | number;
  /**
   * How much of two neighbouring tiles is the same, in pixels of the image: more than the diameter of the objects. By
   * default 192 pixels of the network's input, or a third of a smaller tile.
   */
  overlap?: number;
  /**
   * The typical diameter of the objects, in pixels of the image or in micrometres: the image is scaled so that they have
   * the one that the model was trained with, for models whose manifest says which. `'auto'`: estimated in a first look; for
   * these models the default of images that are cut. Any other image has the model's own scale by default.
   */
  diameter?: DiameterChoice;
  /** Length of a pixel's side in micrometres, more than 0; by default what the image says. */
  pixelSize?: number;
  /**
   * Which channels of the image the network sees, by index from 0 or by name: one, in grey, or three, for red, green and
   * blue; by default those of the segmenter's settings.
   */
  channels?: ChannelChoice;
  /** Which image of a TIFF with several, from 0; the first by default. */
  page?: number;
  /** Which focal plane of a stack, from 0; the first by default. */
  z?: number;
  /** Which point in time of a series, from 0; the first by default. */
  t?: number;
  /** `'max'`: the brightest of each pixel in all focal planes of a stack. */
  projection?: 'max';
  /** Called with each tile that is finished. */
  onProgress?: (progress: TileProgress) => void;
  /**
   * Whether the result has an `inspection`: how the network reached it, stage by stage; `false` by default. Tens of
   * megabytes are then read back, and the image is not cut into tiles.
   */
  inspect?: boolean;
}

/** What {@link Segmenter.stream} takes; its `signal` ends the stream. */
export interface StreamOptions extends Omit<SegmentOptions, 'onProgress'> {
  /**
   * How many frames are open at once, 1 or 2; by default 1 on the CPU and 2 on WebGPU: while the GPU works on one, or the
   * loop has it, the next is taken and given to the GPU. There are more results a second then, and each is of a frame that
   * is older by no more than the time between two results.
   */
  framesInFlight?: number;
}

/**
 * Checks what the engine does not see, or sees too late.
 *
 * @throws `invalid-input` for what is out of range or not among the model's classes
 */
export function checkSegmentOptions(options: SegmentOptions, known: readonly string[]): void {
  checkCallOptions(options);
  const { settings, scoreThreshold, maxDetections, classes = [], excludeClasses = [], inspect } = options;
  refuseMoved(options, MOVED_FILTERS);
  checkSettings(settings);
  checkNumber(scoreThreshold, 'scoreThreshold', { max: 1 });
  checkNumber(maxDetections, 'maxDetections', { min: 1, isWhole: true });
  checkStrings(classes, 'classes');
  checkStrings(excludeClasses, 'excludeClasses');
  if (inspect !== undefined && typeof inspect !== 'boolean') {
    throw new MaskRcnnError('invalid-input', `inspect must be true or false, not ${kindOf(inspect)}`);
  }
  checkInputOptions(options);
  const unknown = [...classes, ...excludeClasses].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new MaskRcnnError('invalid-input', `the model has no class '${unknown}'; they are in segmenter.labels`);
}

/** @throws `invalid-input` for what is out of range among the options that say how an image is seen */
function checkInputOptions(options: SegmentOptions): void {
  const { tile, overlap, diameter, pixelSize, channels, page, z, t, projection, onProgress, inspect } = options;
  if (tile !== 'auto' && tile !== false) checkNumber(tile, "tile, unless 'auto' or false,", { min: 1, isWhole: true });
  if (typeof tile === 'number' && inspect)
    throw new MaskRcnnError('invalid-input', '`inspect` shows how the network sees one image: leave `tile` out');
  checkNumber(overlap, 'overlap', { min: 1, isWhole: true });
  if (typeof diameter === 'object' && diameter !== null) {
    checkNumber(diameter.micrometres ?? Number.NaN, 'diameter.micrometres', { above: 0 });
  } else if (diameter !== 'auto') {
    checkNumber(diameter, "diameter, unless 'auto' or { micrometres },", { above: 0 });
  }
  checkNumber(pixelSize, 'pixelSize', { above: 0 });
  checkChannels(channels);
  for (const [name, value] of Object.entries({ page, z, t })) checkNumber(value, name, { isWhole: true });
  if (projection !== undefined && projection !== 'max')
    throw new MaskRcnnError('invalid-input', `projection must be 'max', not ${kindOf(projection)}`);
  checkFunction(onProgress, 'onProgress');
}

/** @throws `invalid-input` for options without an `AbortSignal` in the place of one */
export function checkCallOptions(options: CallOptions): void {
  checkObject(options, 'the options');
  checkSignal(options.signal);
}

/** @throws `invalid-input` unless it is an object or `undefined`; what is in it the engine checks */
export function checkSettings(settings: unknown): void {
  if (settings !== undefined) checkObject(settings, 'settings');
}

/**
 * Checks what the engine and the reader of models do not see, or see too late.
 *
 * @throws `invalid-input` for what is of the wrong kind
 */
export function checkLoadOptions(options: LoadOptions): void {
  if (options === undefined || options === null) throw withoutModel();
  checkObject(options, 'load() takes { model } and more options: they');
  const { model, settings, checkpoint, worker, workers, labels, signal, onProgress } = options;
  if (model === undefined || model === null) throw withoutModel();
  refuseMoved(options, MOVED_LOAD_OPTIONS);
  checkNames('load', options, LOAD_OPTIONS);
  for (const [name, value] of Object.entries({ settings, checkpoint })) {
    if (value !== undefined) checkObject(value, name);
  }
  checkSignal(signal);
  checkFunction(onProgress, 'onProgress');
  checkStrings(labels, 'labels');
  checkWorker(worker);
  checkWorkers(workers);
  checkDevice(options);
}

/** @throws `invalid-input` for an option that a call, by its name, does not know */
export function checkNames(call: string, options: object, known: ReadonlySet<string>): void {
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !known.has(name));
  if (unknown) throw new MaskRcnnError('invalid-input', `${call}() has no option \`${unknown[0]}\``);
}

/** The error of a call without a model: which packages have one, and the line that takes it. */
function withoutModel(): MaskRcnnError {
  const [{ name, variable }] = MODEL_PACKAGES;
  const packages = MODEL_PACKAGES.map(({ name, finds }) => `\`npm install ${name}\` (${finds})`);
  return new MaskRcnnError(
    'invalid-input',
    `load() needs a model. Packages hold some: ${packages.join(', ')}; then ` +
      `\`import ${variable} from '${name}'; await Segmenter.load({ model: ${variable} })\`. ` +
      'Or give the URL of a manifest or checkpoint, files, or bytes',
  );
}

/** @throws `invalid-input` for what is not a device, or one that an engine elsewhere could not use */
function checkDevice({ device, backend = 'webgpu', worker = true }: LoadOptions): void {
  if (device === undefined) return;
  if (kindOf(device) !== 'GPUDevice')
    throw new MaskRcnnError('invalid-input', `device must be a GPUDevice, not ${kindOf(device)}`);
  if (!device.features.has('timestamp-query')) {
    throw new MaskRcnnError(
      'invalid-input',
      "the device lacks the feature 'timestamp-query': request it with `requiredFeatures: ['timestamp-query']`",
    );
  }
  if (worker !== false) {
    throw new MaskRcnnError('invalid-input', 'a GPUDevice cannot be sent to a worker: load with `worker: false`, too');
  }
  if (backend === 'cpu')
    throw new MaskRcnnError('invalid-input', "`device` is for the backend 'webgpu', not 'cpu': leave one of them out");
}

/** @throws `invalid-input` unless it is a place for an engine, or `undefined` */
export function checkWorker(worker: WorkerChoice | undefined): void {
  if (worker === undefined || typeof worker === 'boolean' || typeof worker === 'function') return;
  throw new MaskRcnnError(
    'invalid-input',
    `worker must be true, false or a function that starts a worker, not ${kindOf(worker)}`,
  );
}
