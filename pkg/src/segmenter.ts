import { type BackendChoice, chooseBackend } from './backend.js';
import type { Arithmetic, Backend, EngineInfo, EngineOptions, Stage, StageTime } from './engine.js';
import {
  AbortedError,
  DisposedError,
  InvalidInputError,
  type MaskRcnnError,
  WebGpuUnavailableError,
  WeightsIncompatibleError,
} from './errors.js';
import type { StreamSource } from './frames.js';
import { toInspection } from './inspection.js';
import { labelsFor } from './labels.js';
import { type ModelManifest, optionsOf } from './manifest.js';
import { type Model, readModel } from './model.js';
import {
  type BatchOptions,
  type CallOptions,
  checkSegmentOptions,
  type LoadOptions,
  type SegmentOptions,
  type StreamOptions,
} from './options.js';
import type { Picture } from './pixels.js';
import { RemoteEngine, type WorkerChoice } from './remote.js';
import { SegmentResult, toResult } from './result.js';
import { type PictureSource, takePicture } from './source.js';
import { type StreamItem, segmentFrames } from './stream.js';
import { WasmSources } from './wasm.js';

// Safari has no Symbol.dispose yet; a symbol of our own lets the class be defined there.
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol('dispose');

/**
 * A Mask R-CNN, loaded and ready, in a worker. Segmenters on WebGPU share one worker and its device; on the CPU each
 * has its own.
 *
 * Calls are queued: any number may be made at once, and each gets its own result. When the GPU is lost or the
 * engine fails, the call at hand is rejected and the next one starts the engine anew, from the model that the
 * segmenter keeps; nothing is fetched again.
 *
 * @example
 * const segmenter = await Segmenter.load({ model: 'maskrcnn.safetensors' });
 * const { detections } = await segmenter.segment(document.querySelector('img'));
 */
export class Segmenter {
  readonly #model: Blob;
  readonly #choice: BackendChoice;
  readonly #worker: WorkerChoice;
  readonly #wasm: WasmSources;
  readonly #engineOptions: EngineOptions;
  readonly #manifest: ModelManifest | undefined;
  #engine: RemoteEngine | undefined;
  #info: EngineInfo = { backend: 'cpu', arithmetic: 'f32', numClasses: 0, hasMasks: false, preset: '' };
  #labels: readonly string[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  private constructor(
    { weights, manifest }: Model,
    choice: BackendChoice,
    worker: WorkerChoice,
    wasm: WasmSources,
    engineOptions: EngineOptions,
  ) {
    this.#model = weights;
    this.#manifest = manifest;
    this.#choice = choice;
    this.#worker = worker;
    this.#wasm = wasm;
    const given = Object.entries(engineOptions).filter(([, value]) => value !== undefined);
    this.#engineOptions = { ...(manifest && optionsOf(manifest)), ...Object.fromEntries(given) };
  }

  /**
   * Fetches a model, starts a worker and loads the model there.
   *
   * @throws {@link MaskRcnnError} with the code `io`, `weights-integrity`, `weights-incompatible`,
   * `webgpu-unavailable`, `environment`, `out-of-memory`, `invalid-input` or `aborted`
   */
  static async load(options: LoadOptions): Promise<Segmenter> {
    const {
      model,
      backend = 'auto',
      worker = true,
      wasm,
      cache = true,
      labels,
      signal,
      onProgress,
      ...engineOptions
    } = options;
    if (signal?.aborted) throw new AbortedError(signal.reason);
    const sources = new WasmSources(wasm);
    const read = await readModel(model, { cache, signal, onProgress });
    onProgress?.({ phase: 'prepare', loaded: read.weights.size, total: read.weights.size });
    const segmenter = new Segmenter(read, backend, worker, sources, engineOptions);
    try {
      await segmenter.#start(signal, onProgress);
      segmenter.#labels = segmenter.#labelsFor(labels);
    } catch (error) {
      segmenter.dispose();
      throw error;
    }
    return segmenter;
  }

  /** Where the network runs. */
  get backend(): Backend {
    return this.#info.backend;
  }

  /** What the network computes with: `'f16'` only where that was asked for and the GPU has it. */
  get arithmetic(): Arithmetic {
    return this.#info.arithmetic;
  }

  /** The names of the classes by number; 0 is the background. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  /** What the model's manifest says, where there is one. */
  get manifest(): ModelManifest | undefined {
    return this.#manifest;
  }

  /** Whether the network gives masks; a Faster R-CNN gives boxes only. */
  get hasMasks(): boolean {
    return this.#info.hasMasks;
  }

  /** The network's layout, such as `resnet50_fpn`. */
  get preset(): string {
    return this.#info.preset;
  }

  /**
   * Finds the objects in a picture.
   *
   * @throws {@link MaskRcnnError} with the code `invalid-input`, `aborted`, `disposed`, `device-lost`,
   * `out-of-memory` or `internal`
   */
  async segment(source: PictureSource, options: SegmentOptions = {}): Promise<SegmentResult> {
    checkSegmentOptions(options, this.#labels);
    const { scoreThreshold, maxDetections, labels, excludeLabels, signal, inspect = false } = options;
    // When only some labels are wanted, the others must not take up the places.
    const chosen = labels !== undefined || excludeLabels !== undefined;
    const engineOptions = { scoreThreshold, maxDetections: chosen ? undefined : maxDetections };
    return this.#enqueue(source, signal, async (engine, picture, transfer) => {
      const raw = await engine.call('segment', { picture, options: engineOptions, inspect }, transfer);
      const all = toResult(raw, this.backend, this.#labels, this.#isAligned);
      const result = chosen ? all.filter({ labels, excludeLabels, maxDetections }) : all;
      const { stages } = raw;
      if (!stages) return result;
      return new SegmentResult({ ...result, inspection: toInspection(stages, raw, result.detections) });
    });
  }

  /**
   * Finds the objects in many pictures, one after the other; each is taken when its turn comes, so that they need not
   * all be in memory. The results are in the pictures' order.
   *
   * @throws {@link MaskRcnnError} as {@link Segmenter.segment}, with the first picture that fails; what was found
   * until then was told to `onProgress`
   */
  async segmentBatch(sources: Iterable<PictureSource>, options: BatchOptions = {}): Promise<SegmentResult[]> {
    const pictures = [...sources];
    const results: SegmentResult[] = [];
    for (const picture of pictures) {
      const result = await this.segment(picture, options);
      results.push(result);
      options.onProgress?.({ loaded: results.length, total: pictures.length, result });
    }
    return results;
  }

  /**
   * Finds the objects in a video, a camera's track or a stream of frames, as it plays. The latest frame wins: those
   * that come while one is worked on, by the network or by the caller's loop, are dropped.
   *
   * It ends with the source or, without an error, with the signal.
   *
   * @throws {@link MaskRcnnError} as {@link Segmenter.segment}; after `device-lost` a new stream works
   * @example
   * for await (const { result, frame } of segmenter.stream(video)) draw(canvas, result, { picture: frame });
   */
  stream(source: StreamSource, options: StreamOptions = {}): AsyncGenerator<StreamItem, void> {
    return segmentFrames(source, (picture, options) => this.segment(picture, options), options);
  }

  /** For diagnosis: the network's tensors, stage by stage, for one picture. Slow, and large. */
  async inspect(source: PictureSource, { signal }: CallOptions = {}): Promise<Stage[]> {
    return this.#enqueue(source, signal, (engine, picture, transfer) => engine.call('inspect', { picture }, transfer));
  }

  /** For diagnosis: how long each stage takes when the stages run one by one. */
  async profile(source: PictureSource, { signal }: CallOptions = {}): Promise<StageTime[]> {
    return this.#enqueue(source, signal, (engine, picture, transfer) => engine.call('profile', { picture }, transfer));
  }

  /** Ends the worker, or leaves it to the segmenters that share it, and frees all memory. Calls that wait are rejected with the code `disposed`. */
  dispose(): void {
    this.#disposed = true;
    this.#engine?.end(new DisposedError());
  }

  /** For `using`: the same as {@link Segmenter.dispose}. */
  [dispose](): void {
    this.dispose();
  }

  /** Whether the network's regions have exact edges: as was asked for, else as its library has it. */
  get #isAligned(): boolean {
    const { pooling = this.preset.includes('_detectron2') ? 'aligned' : 'align' } = this.#engineOptions;
    return pooling === 'aligned';
  }

  /** The names to be used: those given, the manifest's, or made-up ones; the model's classes must be as many. */
  #labelsFor(given: readonly string[] | undefined): readonly string[] {
    const { numClasses, preset } = this.#info;
    if (this.#manifest && this.#manifest.preset !== preset) {
      throw new WeightsIncompatibleError(`the manifest is for '${this.#manifest.preset}', the weights are '${preset}'`);
    }
    if (given && given.length !== numClasses) {
      throw new InvalidInputError(`the model has ${numClasses} classes, the background included, not ${given.length}`);
    }
    const named = this.#manifest?.labels;
    if (named && named.length !== numClasses) {
      throw new WeightsIncompatibleError(`the manifest names ${named.length} classes, the weights have ${numClasses}`);
    }
    return given ?? named ?? labelsFor(numClasses);
  }

  /** Runs a job behind those that wait already, with a picture that is taken now. */
  #enqueue<Result>(
    source: PictureSource,
    signal: AbortSignal | undefined,
    job: (engine: RemoteEngine, picture: Picture, transfer: Transferable[]) => Promise<Result>,
  ): Promise<Result> {
    const taken = takePicture(source);
    const result = Promise.allSettled([taken, this.#queue]).then(async () => {
      const picture = await taken;
      const transfer = 'data' in picture ? picture.data.buffer : picture;
      try {
        return await job(await this.#ready(signal), picture, [transfer]);
      } finally {
        if (transfer instanceof ImageBitmap) transfer.close();
      }
    });
    this.#queue = result.catch(() => {});
    return unlessAborted(result, signal);
  }

  /** The engine; a new one where there is none any more. */
  async #ready(signal: AbortSignal | undefined): Promise<RemoteEngine> {
    if (this.#disposed) throw new DisposedError();
    if (signal?.aborted) throw new AbortedError(signal.reason);
    return this.#engine && !this.#engine.ended ? this.#engine : this.#start();
  }

  async #start(signal?: AbortSignal, onProgress?: LoadOptions['onProgress']): Promise<RemoteEngine> {
    const backend = await chooseBackend(this.#choice);
    try {
      return await this.#open(backend, signal, onProgress);
    } catch (error) {
      // A browser may have WebGPU for pages and not for workers.
      if (this.#choice !== 'auto' || !(error instanceof WebGpuUnavailableError)) throw error;
      return this.#open('cpu', signal);
    }
  }

  async #open(backend: Backend, signal?: AbortSignal, onProgress?: LoadOptions['onProgress']): Promise<RemoteEngine> {
    if (this.#disposed) throw new DisposedError();
    if (signal?.aborted) throw new AbortedError(signal.reason);
    const engine = new RemoteEngine(backend, this.#worker);
    this.#engine = engine;
    const abort = () => engine.end(new AbortedError(signal?.reason));
    signal?.addEventListener('abort', abort);
    const onCompiled = (loaded: number, total: number) => {
      try {
        onProgress?.({ phase: 'compile', loaded, total });
      } catch (error) {
        engine.end(error as MaskRcnnError);
      }
    };
    try {
      const wasm = await this.#wasm.for(backend);
      const request = { backend, model: this.#model, options: this.#engineOptions, wasm };
      this.#info = await engine.call('load', request, [], onCompiled);
      return engine;
    } catch (error) {
      engine.end(error as MaskRcnnError);
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}

/** Lets go of a promise when the signal fires; what it stands for goes on. */
function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(new AbortedError(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
