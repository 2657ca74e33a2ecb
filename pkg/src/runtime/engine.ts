/** The wasm modules' interface, as wasm-bindgen makes it; all have the same one, but for `convert`. */

import type { Pixels } from '../image/pixels.js';
import type { CheckpointOptions, LoadCheckpointOptions } from '../model/checkpoint.js';
import type { Manifest, PartialSettings, Precision, Settings } from '../model/settings.js';
import type { Drawn } from './gpu-canvas.js';
import type { CopyTarget } from './image-copy.js';

/** Where the network runs. */
export type Backend = 'webgpu' | 'cpu';

/** The precision of the network's weights and features; with `'f16'` they are half as large. */
export type Dtype = 'f32' | 'f16';

/**
 * Which kernels a GPU runs: `'tiled'` is for GPUs, `'portable'` for software adapters, where it is faster and compiles
 * sooner. Results differ by rounding only.
 */
export type GpuKernels = 'portable' | 'tiled';

/** What the engine is told when it loads a model; what the caller says takes precedence over the manifest. */
export interface EngineOptions {
  checkpoint?: LoadCheckpointOptions | undefined;
  dtype?: 'auto' | Dtype | undefined;
  gpuKernels?: 'auto' | GpuKernels | undefined;
  manifest?: Manifest | undefined;
  settings?: PartialSettings | undefined;
}

/** What the engine is told for one image. */
export interface EngineCallOptions {
  /** In place of those that it was loaded with. */
  settings?: PartialSettings | undefined;
  /** Whether the result has the stages and the size of the resized image. */
  inspect?: boolean | undefined;
  /** What {@link Engine.tone} gave for the image that this one is a tile of. */
  tone?: unknown;
  /** Whether the result has the masks as the network gives them, too; `true` by default. */
  softMasks?: boolean | undefined;
}

/** The detections of one image as flat arrays, best score first. */
export interface EngineResult {
  width: number;
  height: number;
  /** `[count * 4]`: x1, y1, x2, y2 in pixels of the image. */
  boxes: Float32Array<ArrayBuffer>;
  scores: Float32Array<ArrayBuffer>;
  classIds: Uint32Array<ArrayBuffer>;
  /** `[count * 4]`: x, y, width, height of each binary mask, without empty rows and columns; absent without masks. */
  rects?: Int32Array<ArrayBuffer>;
  /** The lengths of the runs of all masks, row by row within their rectangles, zeros first; absent without masks. */
  runs?: Uint32Array<ArrayBuffer>;
  /** Where each mask's runs end; absent without masks. */
  runEnds?: Uint32Array<ArrayBuffer>;
  /** `[count * maskSize * maskSize]`: soft masks, 0 to 1, over the box; absent without masks, and where they are not asked for. */
  maskProbabilities?: Float32Array<ArrayBuffer>;
  /** Side of a soft mask. */
  maskSize?: number;
  /** Whether soft masks lie over the exact edges of their boxes, as in detectron2. */
  alignedMasks?: boolean;
  /** The channels that the network saw: one, in grey, or three, for red, green and blue. */
  channels: Uint32Array<ArrayBuffer>;
  /** Pixels of the network's input for one of the image. */
  scale: number;
  /** Times the call waited for the GPU to hand numbers back. */
  readBacks: number;
  milliseconds: number;
  /** Where they were asked for. */
  stages?: Stage[];
  /** The size to which the image was scaled; where the stages were asked for. */
  resizedWidth?: number;
  resizedHeight?: number;
}

/** How an image was drawn. */
export interface EngineDrawing {
  /** Times the call waited for the GPU to hand numbers back. */
  readBacks: number;
  /** Until it was drawn. */
  milliseconds: number;
}

/** One tensor from inside the network. */
export interface Stage {
  /** Which one: its stage, a dot and its own name, such as `rpn.proposals`. */
  name: string;
  /** Its size along each axis. */
  shape: Uint32Array<ArrayBuffer>;
  /** Its numbers, the last axis first. */
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** How long one stage of the network took. */
export interface StageTime {
  /** What the stage is called. */
  stage: string;
  /** How long it took. */
  milliseconds: number;
  /** Multiplications and additions of its convolutions and linear layers, without those for regions that hold nothing. */
  operations: number;
}

/** How the images that an engine was given reached it, and how many. */
export interface ImageTransfers {
  /** Images of the browser that were copied on the GPU. */
  copied: number;
  /** Images of the browser whose pixels were read into memory, as `getImageData` does. */
  read: number;
  /** Images that came as samples. */
  given: number;
}

/** A loaded network inside the wasm module. */
export interface Engine {
  /**
   * @param image all that {@link Pixels} has besides its data, as JSON
   * @param options {@link EngineCallOptions} as JSON
   */
  segment(samples: Pixels['data'], image: string, options: string): Promise<EngineResult>;
  /**
   * As `segment`, of an image whose pixels `copy` puts where it is told, on the GPU. `undefined`, without a call, where
   * they are needed in memory. Only the WebGPU module has it.
   */
  segmentCopied?(copy: (target: CopyTarget) => void, image: string, options: string): Promise<EngineResult | undefined>;
  /**
   * As `segmentCopied`, but what is found stays on the GPU: `draw` is called with where it is, and submits what it makes
   * of it. Only the WebGPU module has it.
   */
  drawCopied?(
    copy: (target: CopyTarget) => void,
    draw: (drawn: Drawn) => void,
    image: string,
    options: string,
  ): Promise<EngineDrawing | undefined>;
  /** The tone of an image as JSON: for its tiles, or for all of it where this has some of its parts only. */
  tone(samples: Pixels['data'], image: string, options: string): string;
  profile(samples: Pixels['data'], image: string, options: string): Promise<StageTime[]>;
  /** The browser's device that the network is on; only the WebGPU module has it. */
  readonly device?: GPUDevice | undefined;
  readonly backend: Backend;
  readonly dtype: Dtype;
  /** Absent on the CPU. */
  readonly gpuKernels?: GpuKernels | undefined;
  readonly numClasses: number;
  readonly hasMasks: boolean;
  readonly architecture: string;
  /** {@link Settings} as JSON. */
  readonly settings: string;
  /** Gives its memory back; only when no call runs. */
  free(): void;
}

/** What the page learns about a loaded network. */
export interface EngineInfo
  extends Omit<
    Engine,
    'segment' | 'segmentCopied' | 'drawCopied' | 'device' | 'tone' | 'profile' | 'free' | 'settings'
  > {
  readonly settings: Settings;
}

/** Is told how many of how many steps of compiling are done, and waited for; `false` stops that. */
export type Compiling = (done: number, total: number) => Promise<boolean>;

/** How a checkpoint is made into a model's folder. */
export interface FolderOptions {
  checkpoint?: CheckpointOptions | undefined;
  precision?: Precision | undefined;
  name?: string | undefined;
  labels?: readonly string[] | undefined;
  licence?: string | undefined;
}

/** A model's folder: the text of its manifest, and the one file that this names. */
export interface Folder {
  manifest: string;
  weights: Uint8Array<ArrayBuffer>;
}

/** A wasm module. */
export interface Glue {
  /** Compiles and starts it. */
  default: (input: { module_or_path: Response | ArrayBuffer | Uint8Array | WebAssembly.Module }) => Promise<unknown>;
  /** Calls back from inside a panic, just before the instance dies. */
  onPanic(callback: (message: string) => void): void;
  /** Its options are {@link EngineOptions} as JSON. */
  Engine: { load(weights: Uint8Array, options: string, compiling: Compiling): Promise<Engine> };
  /** Only the CPU modules have it, as the work needs no GPU; its options are {@link FolderOptions} as JSON. */
  convert?(checkpoint: Uint8Array, options: string): Folder;
}
