import { resultFromArrays } from '../result/arrays.js';
import { isMeant } from '../result/detection.js';
import type { SegmentResult } from '../result/result.js';
import type { Tiling } from '../runtime/objects-glue.js';
import { jsonOf } from '../runtime/options-json.js';
import { callFilter, tidy } from './network-input.js';
import { runTiles } from './run-tiles.js';
import type { NetworkInput, SegmentationSetup, Tone } from './segmentation.js';
import { movedObjects } from './segmented-tile.js';
import { TileQueue } from './tile-queue.js';
import type { TileSource } from './tile-source.js';
import { type FinishedTile, TiledImage } from './tiled-image.js';

/** Finds the objects of an image tile by tile. */
export class TiledSegmentation {
  readonly #setup: SegmentationSetup;
  readonly #input: NetworkInput;
  readonly #tiled: TiledImage;
  readonly #started = performance.now();
  #channels: number[] = [];
  #readBacks = 0;
  #done = 0;
  /** What there is in the end. */
  #last: SegmentResult | undefined;

  /** Takes the tiling, and frees it in the end. */
  constructor(setup: SegmentationSetup, input: NetworkInput, tiling: Tiling) {
    this.#setup = setup;
    this.#input = input;
    this.#tiled = new TiledImage(tiling);
  }

  /** The result of the tiles that are finished; `undefined` where there are none. */
  get partial(): SegmentResult | undefined {
    return this.#done > 0 ? this.#result() : undefined;
  }

  /** Has all tiles worked on. */
  async run(source: TileSource, tone: Tone): Promise<SegmentResult> {
    const { engines, options } = this.#setup;
    const { signal } = options;
    this.#channels = tone.channels;
    try {
      const jobs = this.#tiled.jobs();
      await runTiles(engines, {
        queue: new TileQueue(jobs, ({ region }) => source.read(region, signal)),
        count: jobs.length,
        options: jsonOf({ settings: this.#tiled.settings, tone, softMasks: false }),
        onResult: (job, found) => {
          this.#readBacks += found.readBacks;
          return this.#tiled.take(job, found, (tile) => this.#finish(tile));
        },
        signal,
      });
      return this.#result();
    } finally {
      this.#last = this.#result();
      this.#tiled.free();
    }
  }

  #finish({ index, region, found, core }: FinishedTile) {
    this.#done++;
    const { labels, options, report } = this.#setup;
    if (!report) return;
    const { width, height, tiles } = this.#tiled.plan;
    const { x, y } = region;
    const { detections } = resultFromArrays(movedObjects(found, core, { x, y, width, height }), labels);
    report({
      ...region,
      index,
      done: this.#done,
      total: tiles.length,
      detections: detections.filter((detection) => isMeant(detection, callFilter(options))),
      result: () => this.#result(),
    });
  }

  #result(): SegmentResult {
    if (this.#last) return this.#last;
    const { engines, labels, options } = this.#setup;
    const { facts, plane, diameter } = this.#input;
    const { channelNames, pixelSize } = facts;
    const { overlap, scale, tiles } = this.#tiled.plan;
    const { truncated, ...found } = this.#tiled.objects();
    const side = Math.max(...tiles.map(({ region }) => Math.max(region.width, region.height)));
    const result = resultFromArrays(found, labels, {
      truncated,
      pixelSize,
      timing: {
        backend: engines.info.backend,
        milliseconds: performance.now() - this.#started,
        readBacks: this.#readBacks,
      },
      input: {
        channels: this.#channels,
        ...(channelNames && { channelNames: [...channelNames] }),
        ...(plane && { plane }),
        ...(pixelSize !== undefined && { pixelSize }),
        scale: tidy(scale ?? 1),
        ...(diameter !== undefined && { diameter }),
        tiles: { count: tiles.length, side, overlap, done: this.#done },
      },
    });
    return result.filter(callFilter(options));
  }
}
