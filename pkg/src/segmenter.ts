import { throwIfAborted, unlessAborted } from './abort.js';
import { checkFunction, kindOf } from './arguments.js';
import { inFile, MaskRcnnError } from './errors.js';
import type { StreamSource } from './image/frames.js';
import type { PictureSource } from './image/source.js';
import { labelsFor } from './model/labels.js';
import { type ModelManifest, optionsOf } from './model/manifest.js';
import { type Progress, readModel } from './model/model.js';
import {
  type BatchOptions,
  type CallOptions,
  checkCallOptions,
  checkLoadOptions,
  checkSegmentOptions,
  type LoadOptions,
  type SegmentOptions,
  type StreamOptions,
} from './options.js';
import { reporting } from './progress.js';
import { toInspection } from './result/inspection.js';
import { SegmentResult, toResult } from './result/result.js';
import type { Arithmetic, Backend, EngineInfo, Stage, StageTime } from './runtime/engine.js';
import { type Job, Supervisor } from './runtime/supervisor.js';
import { WasmSources } from './runtime/wasm.js';
import { type StreamItem, segmentFrames } from './stream.js';

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
 * import { Segmenter } from 'maskrcnn-web';
 *
 * const segmenter = await Segmenter.load({ model: 'models/nuclei/manifest.json' });
 * const picture = await fetch('cells.png');
 * const { detections } = await segmenter.segment(await picture.blob());
 * console.log(detections.map(({ label, score, box }) => ({ label, score, box })));
 * segmenter.dispose();
 */
export class Segmenter {
  /** A function, because frameworks put proxies around objects, and look into them, but leave functions alone. */
  private readonly parts: () => Parts;

  private constructor(parts: Parts) {
    if (!(parts?.supervisor instanceof Supervisor)) {
      throw new MaskRcnnError(
        'invalid-input',
        'a segmenter is made by `await Segmenter.load({ model })`, not by `new`',
      );
    }
    this.parts = () => parts;
  }

  /**
   * Fetches a model, starts a worker and loads the model there.
   *
   * @throws {@link MaskRcnnError} with the code `io`, `weights-integrity`, `weights-incompatible`,
   * `webgpu-unavailable`, `environment`, `out-of-memory`, `invalid-input` or `aborted`
   */
  static async load(options: LoadOptions): Promise<Segmenter> {
    checkLoadOptions(options);
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
    const load = async (report: (progress: Progress) => void) => {
      throwIfAborted(signal);
      const sources = new WasmSources(wasm);
      const { weights, manifest, name } = await readModel(model, { cache, signal, onProgress: report });
      report({ phase: 'prepare', loaded: weights.size, total: weights.size });
      const given = Object.fromEntries(Object.entries(engineOptions).filter(([, value]) => value !== undefined));
      const all = { ...(manifest && optionsOf(manifest)), ...given };
      const supervisor = new Supervisor({ model: weights, backend, worker, wasm: sources, options: all });
      try {
        await supervisor.start(signal, report);
        return new Segmenter({ supervisor, manifest, labels: namesOf(supervisor.info, manifest, labels) });
      } catch (error) {
        supervisor.dispose();
        throw inFile(name, error);
      }
    };
    return unlessAborted(reporting(onProgress, load), signal);
  }

  /** Where the network runs. */
  get backend(): Backend {
    return this.parts().supervisor.info.backend;
  }

  /** What the network computes with: `'f16'` only where that was asked for and the GPU has it. */
  get arithmetic(): Arithmetic {
    return this.parts().supervisor.info.arithmetic;
  }

  /** The names of the classes by number; 0 is the background. */
  get labels(): readonly string[] {
    return this.parts().labels;
  }

  /** What the model's manifest says, where there is one. */
  get manifest(): ModelManifest | undefined {
    return this.parts().manifest;
  }

  /** Whether the network gives masks; a Faster R-CNN gives boxes only. */
  get hasMasks(): boolean {
    return this.parts().supervisor.info.hasMasks;
  }

  /** The network's layout, such as `resnet50_fpn`. */
  get preset(): string {
    return this.parts().supervisor.info.preset;
  }

  /**
   * Finds the objects in a picture.
   *
   * @throws {@link MaskRcnnError} with the code `invalid-input`, `aborted`, `disposed`, `device-lost`,
   * `out-of-memory` or `internal`
   */
  async segment(source: PictureSource, options: SegmentOptions = {}): Promise<SegmentResult> {
    const { supervisor, labels: names } = this.parts();
    checkSegmentOptions(options, names);
    const { scoreThreshold, maxDetections, labels, excludeLabels, signal, inspect = false } = options;
    // When only some labels are wanted, the others must not take up the places.
    const chosen = labels !== undefined || excludeLabels !== undefined;
    const engineOptions = { scoreThreshold, maxDetections: chosen ? undefined : maxDetections };
    return supervisor.run(source, signal, async (engine, picture, transfer) => {
      const raw = await engine.call('segment', { picture, options: engineOptions, inspect }, transfer);
      const all = toResult(raw, this.backend, names, isAligned(supervisor));
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
    checkSegmentOptions(options, this.labels);
    checkFunction(options.onProgress, 'onProgress');
    if (typeof sources?.[Symbol.iterator] !== 'function' || typeof sources === 'string') {
      throw new MaskRcnnError('invalid-input', `segmentBatch takes a list of pictures, not ${kindOf(sources)}`);
    }
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
   * import { draw, Segmenter } from 'maskrcnn-web';
   *
   * const segmenter = await Segmenter.load({ model: 'models/nuclei/manifest.json' });
   * const canvas = document.createElement('canvas');
   * document.body.append(canvas);
   * const camera = await navigator.mediaDevices.getUserMedia({ video: true });
   * const [track] = camera.getVideoTracks();
   * const stop = new AbortController();
   * canvas.addEventListener('click', () => stop.abort());
   * for await (const { result, frame } of segmenter.stream(track, { signal: stop.signal })) {
   *   canvas.width = result.width;
   *   canvas.height = result.height;
   *   draw(canvas, result, { source: frame });
   * }
   * track.stop();
   * segmenter.dispose();
   */
  stream(source: StreamSource, options: StreamOptions = {}): AsyncGenerator<StreamItem, void> {
    return segmentFrames(source, (picture, options) => this.segment(picture, options), options);
  }

  /** For diagnosis: the network's tensors, stage by stage, for one picture. Slow, and large. */
  async inspect(source: PictureSource, options: CallOptions = {}): Promise<Stage[]> {
    checkCallOptions(options);
    const job: Job<Stage[]> = (engine, picture, transfer) => engine.call('inspect', { picture }, transfer);
    return this.parts().supervisor.run(source, options.signal, job);
  }

  /** For diagnosis: how long each stage takes when the stages run one by one. */
  async profile(source: PictureSource, options: CallOptions = {}): Promise<StageTime[]> {
    checkCallOptions(options);
    const job: Job<StageTime[]> = (engine, picture, transfer) => engine.call('profile', { picture }, transfer);
    return this.parts().supervisor.run(source, options.signal, job);
  }

  /** Ends the worker, or leaves it to the segmenters that share it, and frees all memory. Calls that wait are rejected with the code `disposed`. */
  dispose(): void {
    this.parts().supervisor.dispose();
  }

  /** For `using`: the same as {@link Segmenter.dispose}. */
  [dispose](): void {
    this.dispose();
  }
}

/** What a segmenter is made of. */
interface Parts {
  supervisor: Supervisor;
  manifest: ModelManifest | undefined;
  /** The names of the classes by number. */
  labels: readonly string[];
}

/** Whether the network's regions have exact edges: as was asked for, else as its library has it. */
function isAligned({ options, info }: Supervisor): boolean {
  const { pooling = info.preset.includes('_detectron2') ? 'aligned' : 'align' } = options;
  return pooling === 'aligned';
}

/** The names to be used: those given, the manifest's, or made-up ones; the model's classes must be as many. */
function namesOf(
  { numClasses, preset }: EngineInfo,
  manifest: ModelManifest | undefined,
  given: readonly string[] | undefined,
): readonly string[] {
  if (manifest && manifest.preset !== preset) {
    throw new MaskRcnnError(
      'weights-incompatible',
      `the manifest is for '${manifest.preset}', the weights are '${preset}'`,
    );
  }
  if (given && given.length !== numClasses) {
    throw new MaskRcnnError(
      'invalid-input',
      `the model has ${numClasses} classes, the background included, not ${given.length}`,
    );
  }
  const named = manifest?.labels;
  if (named && named.length !== numClasses) {
    throw new MaskRcnnError(
      'weights-incompatible',
      `the manifest names ${named.length} classes, the weights have ${numClasses}`,
    );
  }
  return given ?? named ?? labelsFor(numClasses);
}
