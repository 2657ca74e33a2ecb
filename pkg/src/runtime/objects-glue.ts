import { instantiate } from '../wasm/maskrcnn_objects.js?instance';
import { type SendableWasm, startModule } from './wasm.js';

/** The typed arrays that objects go into the module as, best score first. */
export interface ObjectArrays {
  /** Width of the image in pixels. */
  width: number;
  /** Height of the image in pixels. */
  height: number;
  /** `[count * 4]`: x1, y1, x2, y2 in pixels of the image. */
  boxes: Float32Array;
  scores: Float32Array;
  classIds: Uint32Array;
  /** `[count * 4]`: x, y, width, height of each mask; absent without masks. */
  rects?: Int32Array | undefined;
  /** The lengths of all masks' runs, row by row within their rectangles, zeros first. */
  runs?: Uint32Array | undefined;
  /** Where each mask's runs end. */
  runEnds?: Uint32Array | undefined;
}

/** Objects inside the module. */
export interface ObjectSet {
  readonly count: number;
  /** Gives its memory back. */
  free(): void;
}

/** The module's interface, as wasm-bindgen makes it. */
export interface ObjectsGlue {
  ObjectSet: new (arrays: ObjectArrays) => ObjectSet;
}

/**
 * A new instance of the module.
 *
 * @throws as {@link startModule}
 */
export async function openObjectsModule(given: SendableWasm | undefined): Promise<ObjectsGlue> {
  const glue = instantiate();
  // Written out in full for bundlers.
  await startModule(glue.default, given, () => new URL('./wasm/maskrcnn_objects_bg.wasm', import.meta.url));
  return glue;
}
