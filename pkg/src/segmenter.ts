import { throwIfAborted, unlessAborted } from './abort.js';
import { type DrawnFrame, type DrawStreamOptions, drawFrames } from './draw-stream.js';
import { inFile, MaskRcnnError } from './errors.js';
import type { StreamSource } from './image/frames.js';
import type { ImageSource } from './image/source.js';
import { labelsFor } from './model/labels.js';
import { type Progress, readModel } from './model/model.js';
import type { Manifest, Settings } from './model/settings.js';
import {
  type CallOptions,
  checkCallOptions,
  checkLoadOptions,
  checkSegmentOptions,
  type LoadOptions,
  type SegmentOptions,
  type StreamOptions,
} from './options.js';
import { reporting } from './progress.js';
import type { SegmentResult } from './result/result.js';
import type { Backend, Dtype, GpuKernels } from './runtime/engine.js';
import { objectsModuleFrom } from './runtime/objects-module.js';
import { jsonOf } from './runtime/options-json.js';
import { Supervisor } from './runtime/supervisor.js';
import { WasmSources } from './runtime/wasm.js';
import { type ImageSources, type SegmentedImage, segmentEach } from './segment-all.js';
import { type SegmentSetup, segmentImage, segmentTileByTile } from './segment-image.js';
import { checkFramesInFlight, type StreamItem, workOnFrames } from './stream.js';
import type { SegmentedTile } from './tiles/segmented-tile.js';

// Safari has no Symbol.dispose yet; a symbol of our own lets the class be defined there.
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol('dispose');

/**
 * A Mask R-CNN, loaded and ready, in a worker. Segmenters on WebGPU share one worker and its device; on the CPU each
 * has its own.
 *
 * Calls are queued: any number may be made at once, and each gets its own result. When the GPU is lost or the
 * engine fails, the current call is rejected and the next one starts a new engine, from the model that the
 * segmenter keeps; nothing is downloaded again.
 *
 * @example
 * import { Segmenter } from 'maskrcnn-web';
 * import nuclei from 'maskrcnn-web-nuclei';
 *
 * const segmenter = await Segmenter.load({ model: nuclei });
 * const image = await fetch('cells.png');
 * const { detections } = await segmenter.segment(await image.blob());
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
   * Downloads a model, starts a worker and loads the model there.
   *
   * @throws {@link MaskRcnnError} with the code `network`, `weights-integrity`, `weights-incompatible`,
   * `webgpu-unavailable`, `environment`, `out-of-memory`, `invalid-input` or `aborted`
   */
  static async load(options: LoadOptions): Promise<Segmenter> {
    checkLoadOptions(options);
    const { model, settings, checkpoint, dtype, gpuKernels, labels, wasm, signal, onProgress } = options;
    const { backend = 'auto', device, worker = true, workers = 'auto', cache = true } = options;
    const load = async (report: (progress: Progress) => void) => {
      throwIfAborted(signal);
      const sources = new WasmSources(wasm);
      objectsModuleFrom(sources);
      // Before the download, which may take long.
      jsonOf({ settings, checkpoint, dtype, gpuKernels });
      const { weights, manifest, name } = await readModel(model, { cache, signal, onProgress: report });
      report({ phase: 'prepare', loaded: weights.size, total: weights.size });
      const described = manifest && withoutPlaces(manifest);
      const engineOptions = jsonOf({ manifest: described, settings, checkpoint, dtype, gpuKernels });
      const supervisor = new Supervisor({
        model: weights,
        backend,
        device,
        worker,
        workers,
        wasm: sources,
        options: engineOptions,
      });
      try {
        await supervisor.start(signal, report);
        return new Segmenter({
          supervisor,
          manifest,
          labels: namesOf(supervisor.info.numClasses, manifest, labels),
          maxDetections: settings?.detections?.maxDetections,
        });
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

  /** What the network computes with: `'f16'` only where that was asked for and the GPU supports it. */
  get dtype(): Dtype {
    return this.parts().supervisor.info.dtype;
  }

  /** Which kernels the GPU runs; `undefined` on the CPU. */
  get gpuKernels(): GpuKernels | undefined {
    return this.parts().supervisor.info.gpuKernels;
  }

  /** The names of the classes by number; 0 is the background. */
  get labels(): readonly string[] {
    return this.parts().labels;
  }

  /** The model's manifest as it was read, if it has one; {@link Segmenter.settings} are the same in all its versions. */
  get manifest(): Manifest | undefined {
    return this.parts().manifest;
  }

  /** What the network is run with: the settings given to `load` and, where they are silent, the model's. */
  get settings(): Settings {
    return this.parts().supervisor.info.settings;
  }

  /** Whether the network gives masks; a Faster R-CNN gives boxes only. */
  get hasMasks(): boolean {
    return this.parts().supervisor.info.hasMasks;
  }

  /** What the network is called, such as `resnet50_fpn`. */
  get architecture(): string {
    return this.parts().supervisor.info.architecture;
  }

  /**
   * Finds the objects in an image.
   *
   * @throws {@link MaskRcnnError} with the code `invalid-input`, `aborted`, `disposed`, `device-lost`,
   * `out-of-memory` or `internal`
   */
  async segment(image: ImageSource, options: SegmentOptions = {}): Promise<SegmentResult> {
    return segmentImage(image, setupOf(this.parts(), options));
  }

  /**
   * Finds the objects in an image, and gives each of its tiles as soon as it is finished; the last one's `result()` is that
   * of the whole image. An image that is not cut is one tile.
   *
   * Leaving the loop early, by `break` or an error, stops the work.
   *
   * @throws {@link MaskRcnnError} as {@link Segmenter.segment}
   * @example
   * import { Segmenter } from 'maskrcnn-web';
   *
   * const segmenter = await Segmenter.load({ model: 'models/nuclei/manifest.json' });
   * const slide = await fetch('slide.tif');
   * for await (const { done, total, detections, result } of segmenter.segmentTiles(await slide.blob())) {
   *   console.log(`tile ${done} of ${total}: ${detections.length} objects`);
   *   if (done === total) console.log(`${result().detections.length} objects in all`);
   * }
   * segmenter.dispose();
   */
  async *segmentTiles(
    image: ImageSource,
    options: Omit<SegmentOptions, 'onProgress'> = {},
  ): AsyncGenerator<SegmentedTile, void> {
    yield* segmentTileByTile(image, setupOf(this.parts(), options));
  }

  /**
   * Finds the objects in many images, and gives the results in the images' order. On the CPU, where the segmenter has
   * several workers, each works on an image of its own. No more images are taken ahead of the loop, so that neither images
   * nor results fill the memory, however many there are. With `onProgress`, and on WebGPU, images come one by one.
   *
   * The loop ends with the images; leaving it early, by `break` or an error, closes their iterator.
   *
   * @throws {@link MaskRcnnError} as {@link Segmenter.segment}, at the first image that fails
   * @example
   * import { Segmenter } from 'maskrcnn-web';
   *
   * const segmenter = await Segmenter.load({ model: 'models/nuclei/manifest.json' });
   * const input = document.createElement('input');
   * for await (const { image, result } of segmenter.segmentAll(input.files ?? [])) {
   *   console.log(`${image.name}: ${result.detections.length} objects`);
   * }
   * segmenter.dispose();
   */
  segmentAll<Image extends ImageSource>(
    images: ImageSources<Image>,
    options: SegmentOptions = {},
  ): AsyncGenerator<SegmentedImage<Image>, void> {
    const setup = () => setupOf(this.parts(), options);
    return segmentEach(images, setup);
  }

  /**
   * Finds the objects in a video, a camera's track or a stream of frames, as it plays. The latest frame wins: those
   * that come while one is processed, by the network or by the caller's loop, are dropped.
   *
   * Frames are not cut into tiles, unless `tile` says so. It ends with the source or, without an error, with the signal.
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
   *   draw(canvas, frame, result);
   * }
   * track.stop();
   * segmenter.dispose();
   */
  async *stream(source: StreamSource, options: StreamOptions = {}): AsyncGenerator<StreamItem, void> {
    checkCallOptions(options);
    // A camera's frames are to be seen as they come, which tiles would be too slow for.
    const segment = async (image: ImageSource, options: SegmentOptions) =>
      segmentImage(image, { ...setupOf(this.parts(), { tile: false, ...options }), overlaps: true });
    const { signal, framesInFlight = this.backend === 'webgpu' ? 2 : 1, ...call } = options;
    checkFramesInFlight(framesInFlight);
    const work = (image: ImageSource, { signal }: CallOptions) => segment(image, { ...call, signal });
    yield* workOnFrames(source, { work, framesInFlight, signal });
  }

  /**
   * As {@link Segmenter.stream}, but the GPU draws what it finds on a canvas, and nothing is read back: no results, and no
   * labels. The canvas gets the size of the frames, and shows each with its masks and their outlines, the best object on top. The loop gets a
   * frame when it is drawn.
   *
   * The canvas must have no context yet. Where models run in a worker, it is handed over, once and for all: it can be drawn
   * on by later streams for as long as the worker lives, which ends with the last segmenter on WebGPU, or with a GPU that is
   * lost. Where a model stretches contrast, what that is measured on is read back, a few kilobytes.
   *
   * @throws {@link MaskRcnnError} as {@link Segmenter.stream}, and with the code `webgpu-unavailable` where the network runs
   * on the CPU or the browser has no canvases for WebGPU: use {@link Segmenter.stream} and {@link draw} there
   * @example
   * import { Segmenter } from 'maskrcnn-web';
   *
   * const segmenter = await Segmenter.load({ model: 'models/nuclei/manifest.json' });
   * const canvas = document.createElement('canvas');
   * document.body.append(canvas);
   * const camera = await navigator.mediaDevices.getUserMedia({ video: true });
   * const [track] = camera.getVideoTracks();
   * if (segmenter.backend === 'webgpu') {
   *   for await (const { time, dropped } of segmenter.drawStream(track, canvas)) {
   *     console.log(`drawn at ${time} s, ${dropped} left out`);
   *   }
   * }
   * track.stop();
   * segmenter.dispose();
   */
  drawStream(
    source: StreamSource,
    canvas: HTMLCanvasElement | OffscreenCanvas,
    options: DrawStreamOptions = {},
  ): AsyncGenerator<DrawnFrame, void> {
    return drawFrames(source, canvas, this.parts(), options);
  }

  /**
   * Ends the worker, or leaves it to the segmenters that share it, and frees all memory. Waiting calls are rejected with
   * the code `disposed`.
   */
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
  manifest: Manifest | undefined;
  /** The names of the classes by number. */
  labels: readonly string[];
  /** The maximum number of objects that `load` was asked for; a model's own is what its network gives at once. */
  maxDetections: number | undefined;
}

/**
 * What an image is segmented with.
 *
 * @throws `invalid-input` for options that are not valid
 */
function setupOf({ supervisor, labels, maxDetections }: Parts, options: SegmentOptions): SegmentSetup {
  checkSegmentOptions(options, labels);
  const ofCall = options.maxDetections ?? options.settings?.detections?.maxDetections;
  return { engines: supervisor, labels, options: { ...options, maxDetections: ofCall ?? maxDetections } };
}

/**
 * What runs a segmenter's calls, for the package's other entries.
 *
 * @throws `invalid-input` for anything else than a segmenter
 */
export function supervisorOf(segmenter: Segmenter): Supervisor {
  const { parts } = (segmenter ?? {}) as unknown as { parts?: () => Parts };
  const supervisor = typeof parts === 'function' ? parts()?.supervisor : undefined;
  if (supervisor instanceof Supervisor) return supervisor;
  throw new MaskRcnnError('invalid-input', 'the first argument must be a Segmenter, from `await Segmenter.load()`');
}

/** The names to be used: those given, the manifest's, or the defaults; there must be as many as classes. */
function namesOf(
  numClasses: number,
  manifest: Manifest | undefined,
  given: readonly string[] | undefined,
): readonly string[] {
  if (given && given.length !== numClasses) {
    throw new MaskRcnnError(
      'invalid-input',
      `the model has ${numClasses} classes, including the background, not ${given.length}`,
    );
  }
  return given ?? manifest?.labels ?? labelsFor(numClasses);
}

/** A manifest whose files have plain names: the engine allows no others, and where they are is known to the page alone. */
function withoutPlaces(manifest: Manifest): Manifest {
  return { ...manifest, weights: manifest.weights.map((file, index) => ({ ...file, file: `part-${index}` })) };
}
