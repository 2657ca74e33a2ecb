import type { Region } from '../image/region-image.js';
import type { Settings } from '../model/settings.js';
import type { ObjectArrays } from '../result/arrays.js';
import type { EngineResult } from '../runtime/engine.js';
import type { TilePlan, Tiling } from '../runtime/objects-glue.js';
import { fromModule } from '../runtime/objects-module.js';
import type { Job } from './tile-queue.js';

/** An image that is cut into tiles, or a tile that is cut again. */
interface Node {
  tiling: Tiling;
  /** Where it is in the image. */
  x: number;
  y: number;
  /** How many of its tiles are not finished. */
  left: number;
  /** Which tile of which image it is. */
  parent: { node: Node; tile: number } | undefined;
}

/** A part of an image that the network sees at once. */
export interface TileJob extends Job {
  node: Node;
  /** Which of the node's tiles it is. */
  tile: number;
}

/** A tile of the image with its objects, in pixels of the tile. */
export interface FinishedTile {
  index: number;
  region: Region;
  found: ObjectArrays;
  /** The indices of the objects that are nearer to the middle of this tile than to that of any other. */
  core: Uint32Array;
}

/** The tiles of an image and what was found in them; {@link TiledImage.free} gives the module's memory back. */
export class TiledImage {
  readonly plan: TilePlan;
  readonly #root: Node;
  /** What the network runs with on each tile. */
  readonly settings: Settings;
  readonly #live = new Set<Tiling>();

  constructor(tiling: Tiling) {
    this.plan = planOf(tiling);
    this.settings = JSON.parse(fromModule(() => tiling.settings));
    this.#root = { tiling, x: 0, y: 0, left: this.plan.tiles.length, parent: undefined };
    this.#live.add(tiling);
  }

  /** All of its tiles. */
  jobs(): TileJob[] {
    return jobsOf(this.#root, this.plan);
  }

  /**
   * Takes the objects of a tile. Where there are enough that the network may have missed some, the tile is cut again.
   *
   * @param onFinished called when a tile of the image is finished, and so is all that it was cut into
   * @returns the tiles that take its place
   */
  take({ node, tile }: TileJob, found: EngineResult, onFinished: (tile: FinishedTile) => void): TileJob[] {
    const count = found.scores.length;
    const part = fromModule(() => (node.tiling.isCrowded(count) ? node.tiling.split(tile) : undefined));
    if (!part) {
      this.#add(node, tile, found, count >= this.settings.detections.maxDetections, onFinished);
      return [];
    }
    this.#live.add(part);
    const { region } = planOf(node.tiling).tiles[tile] as TilePlan['tiles'][number];
    const plan = planOf(part);
    const [x, y] = [node.x + region.x, node.y + region.y];
    return jobsOf({ tiling: part, x, y, left: plan.tiles.length, parent: { node, tile } }, plan);
  }

  /** The objects that were found so far, in pixels of the image. */
  objects(): ObjectArrays & { truncated: boolean } {
    return fromModule(() => this.#root.tiling.objects());
  }

  /** Gives the module's memory back. */
  free(): void {
    for (const tiling of this.#live) fromModule(() => tiling.free());
    this.#live.clear();
  }

  #add(node: Node, tile: number, found: ObjectArrays, isFull: boolean, onFinished: (tile: FinishedTile) => void) {
    const { tiling, parent } = node;
    fromModule(() => tiling.add(tile, found, isFull));
    node.left--;
    if (!parent) {
      const { region } = this.plan.tiles[tile] as TilePlan['tiles'][number];
      onFinished({ index: tile, region, found, core: fromModule(() => tiling.core(tile, found)) });
    } else if (node.left === 0) {
      const { truncated, ...whole } = fromModule(() => tiling.objects());
      this.#live.delete(tiling);
      fromModule(() => tiling.free());
      this.#add(parent.node, parent.tile, whole, truncated, onFinished);
    }
  }
}

function planOf(tiling: Tiling): TilePlan {
  return JSON.parse(fromModule(() => tiling.plan));
}

function jobsOf(node: Node, { tiles }: TilePlan): TileJob[] {
  const { x, y } = node;
  return tiles.map(({ region }, tile) => ({
    node,
    tile,
    region: { ...region, x: x + region.x, y: y + region.y },
    failures: 0,
  }));
}
