/** The wasm modules' interface, as wasm-bindgen makes it; all have the same one, but for `convert`. */

/** Where the network runs. */
export type Backend = 'webgpu' | 'cpu';

/**
 * What the network's weights and features are: `'f32'`, of single precision, or `'f16'`, of half precision, which makes
 * them half as large.
 */
export type Arithmetic = 'f32' | 'f16';

/** What no checkpoint tells about its network. Left out: as its library has it by default. */
export interface Conventions {
  /** The order of colours that the network takes; else `'bgr'` for detectron2's, `'rgb'` for torchvision's. */
  channelOrder?: 'rgb' | 'bgr';
  /**
   * Whether a bottleneck's stride is in its first 1×1 convolution (detectron2's `STRIDE_IN_1X1`); else `true` for
   * detectron2's, `false` for torchvision's.
   */
  strideIn1x1?: boolean;
  /** What batch normalisation adds to variances; else 1e-5, or 0 for torchvision's with frozen normalisation. */
  batchNormEps?: number;
}

/** How a checkpoint's file is read. */
export interface CheckpointOptions extends Conventions {
  /**
   * Which state dict of the file is taken, where it holds several: the keys that lead to it with dots between them, such
   * as `'model_ema'`; `'.'` is the top level; else the one with the most tensors.
   */
  stateDict?: string;
}

/** What the engine is told when it loads a model. Left out: as the model's manifest says, else read off the weights. */
export interface EngineOptions extends CheckpointOptions {
  /** Number of classes with the background; inferred from the weights. */
  numClasses?: number;
  /**
   * What the network computes with; else `'f32'`. `'f16'` is there only on WebGPU, on a GPU with `shader-f16`; elsewhere
   * it is `'f32'` all the same, and `segmenter.arithmetic` says so.
   */
  arithmetic?: Arithmetic;
  /** The picture's shorter side is scaled to this many pixels; else 800. */
  minSize?: number;
  /** The longer side is never scaled beyond this many pixels; else 1333. */
  maxSize?: number;
  /** A picture is not scaled by less than this to reach `minSize`: with 1 none is shrunk for it; else 0. */
  minScale?: number;
  /**
   * A picture's contrast is stretched so that these shares of its light, 0 to 1, become black and white; `false`: it is
   * left as it is; else `false`. With it, a picture in a single saturated colour, such as a stain shown in blue, is seen
   * in grey.
   */
  contrast?: readonly [low: number, high: number] | false;
  /** Mean of the red, green and blue channels, on 0 to 1, that is taken off a picture; else ImageNet's. */
  mean?: readonly number[];
  /** Standard deviation of the three channels, which a picture is then divided by; else ImageNet's. */
  std?: readonly number[];
  /** Side of the square anchor of each of the five levels, in pixels of the scaled picture; else 32 to 512. */
  anchorSizes?: readonly number[];
  /** Height divided by width of each of a level's three anchors; else 0.5, 1 and 2. */
  aspectRatios?: readonly number[];
  /** `false` leaves out the mask branch: Faster R-CNN; inferred from the weights. */
  masks?: boolean;
  /**
   * How a region's features are pooled: `'align'`, torchvision's RoIAlign; `'aligned'`, detectron2's, which is half a
   * pixel nearer to the truth; `'pool'`, Fast R-CNN's RoIPool; else `'align'`.
   */
  pooling?: 'align' | 'aligned' | 'pool';
  /** Proposals a level that go into non-maximum suppression; else 1000. */
  preNmsTopN?: number;
  /** Proposals that go into the second stage; else 1000. */
  postNmsTopN?: number;
  /** Objects with this score or less are left out, 0 to 1, unless `segment` is told otherwise; else 0.05. */
  scoreThreshold?: number;
  /** Of two objects of a class with a larger IoU only the better one stays, 0 to 1; else 0.5. */
  nmsThreshold?: number;
  /** At most so many objects, 1 to 1000, unless `segment` is told otherwise; else 100. */
  maxDetections?: number;
}

/** What the engine is told for one picture. */
export interface EngineCallOptions {
  scoreThreshold?: number;
  maxDetections?: number;
}

/** The detections of one picture as flat arrays, best score first. */
export interface EngineResult {
  width: number;
  height: number;
  count: number;
  /** `[count * 4]`: x1, y1, x2, y2 in pixels of the picture. */
  boxes: Float32Array<ArrayBuffer>;
  scores: Float32Array<ArrayBuffer>;
  classIds: Uint32Array<ArrayBuffer>;
  /** `[count * 4]`: x, y, width, height of each binary mask; empty without masks. */
  maskRects: Int32Array<ArrayBuffer>;
  /** The binary masks one after the other, a byte a pixel, 0 or 1. */
  maskPixels: Uint8Array<ArrayBuffer>;
  /** `[count * maskSize * maskSize]`: soft masks, 0 to 1, over the box. */
  maskProbabilities: Float32Array<ArrayBuffer>;
  /** Side of a soft mask; 0 without masks. */
  maskSize: number;
  /** Times the call waited for the GPU to hand numbers back. */
  readbacks: number;
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
}

/** A loaded network inside the wasm module. */
export interface Engine {
  segment(rgba: Uint8Array, width: number, height: number, options?: EngineCallOptions): Promise<EngineResult>;
  inspect(rgba: Uint8Array, width: number, height: number): Promise<Stage[]>;
  profile(rgba: Uint8Array, width: number, height: number): Promise<StageTime[]>;
  readonly backend: Backend;
  readonly arithmetic: Arithmetic;
  readonly numClasses: number;
  readonly hasMasks: boolean;
  readonly preset: string;
  /** Gives its memory back; only when no call runs. */
  free(): void;
}

/** What the page learns about a loaded network. */
export type EngineInfo = Pick<Engine, 'backend' | 'arithmetic' | 'numClasses' | 'hasMasks' | 'preset'>;

/** Is told how many of how many steps of compiling are done, and waited for; `false` stops that. */
export type Compiling = (done: number, total: number) => Promise<boolean>;

/** How a checkpoint is made into a model's folder. */
export interface FolderOptions {
  stateDict?: string | undefined;
  channelOrder?: 'rgb' | 'bgr' | undefined;
  strideIn1x1?: boolean | undefined;
  batchNormEps?: number | undefined;
  precision?: 'f32' | 'f16' | 'int8' | undefined;
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
  Engine: { load(weights: Uint8Array, options: EngineOptions, compiling: Compiling): Promise<Engine> };
  /** Only the CPU module has it: the work needs no GPU, and this is the smaller one. */
  convert?(checkpoint: Uint8Array, options: FolderOptions): Folder;
}
