import { type BackendChoice, type Dtype, type GpuKernels, type Progress, Segmenter } from 'maskrcnn-web';
import { profile, type StageTime } from 'maskrcnn-web/debug';
import { syntheticImage } from './synthetic-image.js';

/** Where the network runs, and in which precision. */
export interface Place {
  backend: Exclude<BackendChoice, 'auto'>;
  dtype: Dtype;
}

/** How long the network took on an image of one size, in milliseconds. */
export interface Times extends Place {
  /** Which kernels the GPU ran; `undefined` on the CPU. */
  gpuKernels: GpuKernels | undefined;
  /** Width and height of the image, and of the network's input. */
  side: number;
  /** Until it was loaded, the engine included, without the download of its weights. */
  load: number;
  /** The first image of this size. */
  first: number;
  /** The same image, again and again. */
  warm: number[];
  /** How many objects it found. */
  objects: number;
  /** The stages of the network, each waited for, with their multiplications and additions; `whole` is without such waits. */
  stages: StageTime[];
}

/** Sizes that are measured, in pixels. */
export const SIDES = [512, 1024] as const;
const WARM_RUNS = 3;
/** Steps of {@link timeNetwork}: loading, and the runs and the stages of every size. */
export const STEPS = 1 + SIDES.length * (2 + WARM_RUNS);

/** Is told what is done, when a step of {@link STEPS} begins. */
export interface Following {
  signal: AbortSignal;
  onStep(words: string): void;
  onTimes(times: Times): void;
}

/**
 * Loads the nuclei model, and times it at every size.
 *
 * @throws the package's errors
 */
export async function timeNetwork(place: Place, { signal, onStep, onTimes }: Following): Promise<void> {
  onStep('loading the model');
  let started = performance.now();
  const segmenter = await Segmenter.load({
    model: 'models/nuclei/manifest.json',
    ...place,
    workers: 1,
    // The service worker keeps it.
    cache: false,
    signal,
    onProgress({ phase }: Progress) {
      // What the connection takes says nothing about the device.
      if (phase === 'download') started = performance.now();
    },
  });
  const load = performance.now() - started;
  const { dtype, gpuKernels } = segmenter;
  try {
    for (const side of SIDES) {
      const image = syntheticImage(side);
      const settings = { input: { minSize: side, maxSize: side } };
      const runs: number[] = [];
      let objects = 0;
      for (let run = 0; run <= WARM_RUNS; run++) {
        onStep(`${side} × ${side} pixels, run ${run + 1} of ${1 + WARM_RUNS}`);
        const begun = performance.now();
        const { detections } = await segmenter.segment(image, { settings, tile: false, signal });
        runs.push(performance.now() - begun);
        objects = detections.length;
      }
      const [first = 0, ...warm] = runs;
      onStep(`${side} × ${side} pixels, stage by stage`);
      const stages = await profile(segmenter, image, { settings, signal });
      onTimes({ backend: place.backend, dtype, gpuKernels, side, load, first, warm, objects, stages });
    }
  } finally {
    segmenter.dispose();
  }
}
