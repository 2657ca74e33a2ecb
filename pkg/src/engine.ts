/** The wasm modules' interface, as wasm-bindgen makes it; both modules have the same one. */

/** Where the network runs. */
export type Backend = 'webgpu' | 'cpu';

/** What the engine is told when it loads a model. Left out: read off the model, or torchvision's value. */
export interface EngineOptions {
  /** Number of classes with the background; inferred from the weights. */
  numClasses?: number;
  /** The picture's shorter side is scaled to this many pixels; 800. */
  minSize?: number;
  /** The longer side is never scaled beyond this many pixels; 1333. */
  maxSize?: number;
  /** `false` leaves out the mask branch: Faster R-CNN; inferred from the weights. */
  masks?: boolean;
  /** The paper's RoIAlign, or Fast R-CNN's RoIPool; `'align'`. */
  pooling?: 'align' | 'pool';
  /** Proposals a level that go into non-maximum suppression; 1000. */
  preNmsTopN?: number;
  /** Proposals that go into the second stage; 1000. */
  postNmsTopN?: number;
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
  name: string;
  shape: Uint32Array<ArrayBuffer>;
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** How long one stage of the network took. */
export interface StageTime {
  stage: string;
  milliseconds: number;
}

/** A loaded network inside the wasm module. */
export interface Engine {
  segment(rgba: Uint8Array, width: number, height: number, options?: EngineCallOptions): Promise<EngineResult>;
  inspect(rgba: Uint8Array, width: number, height: number): Promise<Stage[]>;
  profile(rgba: Uint8Array, width: number, height: number): Promise<StageTime[]>;
  readonly backend: Backend;
  readonly numClasses: number;
  readonly hasMasks: boolean;
  readonly preset: string;
}

/** A wasm module. */
export interface Glue {
  /** Fetches and starts it. */
  default: (input: { module_or_path: URL }) => Promise<unknown>;
  /** Calls back from inside a panic, just before the instance dies. */
  onPanic(callback: (message: string) => void): void;
  Engine: { load(weights: Uint8Array, options?: EngineOptions): Promise<Engine> };
}
