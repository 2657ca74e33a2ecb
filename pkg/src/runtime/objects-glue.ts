import type { Pixels } from '../image/pixels.js';
import type { Region } from '../image/region-image.js';
import type { ObjectArrays } from '../result/arrays.js';
import { instantiate } from '../wasm/maskrcnn_objects.js?instance';
import { type SendableWasm, startModule } from './wasm.js';

/** What is known of objects that are measured and written to files. */
export interface ObjectFacts {
  /** The names of the classes by number, the background first. */
  labels: readonly string[];
  /** Micrometres. */
  pixelSize?: number | undefined;
  channelNames?: readonly string[] | undefined;
  fileName?: string | undefined;
}

/** Objects inside the module. */
export interface ObjectSet {
  readonly count: number;
  /**
   * Measures by name, with a number for each object; NaN where there is none.
   *
   * @param image the samples' width, height, channels and layout, as JSON; `''` without samples
   */
  measure(samples: Pixels['data'] | undefined, image: string): Record<string, Float64Array<ArrayBuffer>>;
  /** For an image that is read by region: `[count * 4]`: x, y, width, height of each region that holds objects. */
  regions(): Uint32Array<ArrayBuffer>;
  /** Takes the samples of a region; after all of them {@link ObjectSet.measure} has the intensities. */
  addRegion(index: number, samples: Pixels['data'], image: string): void;
  /**
   * Writes a file in chunks of about 1 MB.
   *
   * @param options the format's, as JSON
   * @returns the number of objects that could not be written, as they have no pixels
   */
  export(format: string, options: string, sink: (chunk: Uint8Array<ArrayBuffer>) => void): number;
  /** Gives its memory back. */
  free(): void;
}

/** An image that is cut into tiles, inside the module. */
export interface Tiling {
  /** {@link TilePlan} as JSON. */
  readonly plan: string;
  /** {@link Settings} that the network runs with on each tile, as JSON. */
  readonly settings: string;
  /** A tile with more objects than the network can give at once, cut into smaller ones; where these are not too small. */
  split(tile: number): Tiling | undefined;
  /** Takes a tile's objects, in pixels of the tile; `truncated` says whether there are more. */
  add(tile: number, found: ObjectArrays, truncated: boolean): void;
  /** Whether the network may have missed some of a tile's objects where it gave this many. */
  isCrowded(found: number): boolean;
  /** Which of a tile's objects are to be shown before all tiles are done. */
  core(tile: number, found: ObjectArrays): Uint32Array;
  /** The objects of the image, as far as its tiles were added. */
  objects(): ObjectArrays & { truncated: boolean };
  /** Gives its memory back. */
  free(): void;
}

/** A look at small parts of an image, for the typical diameter of its objects, inside the module. */
export interface FirstLook {
  /** What the network is to look at next: its `region` and the `scale`, as JSON; `undefined` at the end. */
  next(): string | undefined;
  /** Takes what was found there, in pixels of the region. */
  add(found: ObjectArrays): void;
  /** In pixels of the image; `undefined` where there are too few objects to tell. */
  readonly diameter: number | undefined;
  /** Gives its memory back. */
  free(): void;
}

/** Where the tiles of an image are. */
export interface TilePlan {
  width: number;
  height: number;
  /** Pixels of the network's input for one of the image; `null` where the whole image is resized as the settings say. */
  scale: number | null;
  /** In pixels of the image. */
  overlap: number;
  tiles: { region: Region; core: Region }[];
}

/** The module's interface, as wasm-bindgen makes it. */
export interface ObjectsGlue {
  /** Its facts are {@link ObjectFacts} as JSON. */
  ObjectSet: new (
    arrays: ObjectArrays,
    facts: string,
  ) => ObjectSet;
  /** Its settings and options are {@link Settings} and `{ tile, overlap, scale }` as JSON. */
  Tiling: new (
    width: number,
    height: number,
    settings: string,
    options: string,
  ) => Tiling;
  /** The scale that brings objects of a diameter to the size that the model was trained with. */
  scaleForDiameter(settings: string, diameter: number): number;
  /** Its settings are {@link Settings} as JSON. */
  FirstLook: new (
    width: number,
    height: number,
    settings: string,
  ) => FirstLook;
  /** The regions that the tone of an image is measured on, as JSON. */
  toneRegions(width: number, height: number): string;
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
