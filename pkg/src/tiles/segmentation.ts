import { isGpuPixels, readGpuPixels } from '../image/gpu-image.js';
import { isRegionImage, type Region } from '../image/region-image.js';
import { type TakenImage, wholeImage } from '../image/source.js';
import type { PartialSettings } from '../model/settings.js';
import type { SegmentOptions } from '../options.js';
import { toResult } from '../result/arrays.js';
import type { ResultInput } from '../result/input.js';
import { toInspection } from '../result/inspection.js';
import { SegmentResult } from '../result/result.js';
import type { Engines } from '../runtime/engines.js';
import type { ObjectsGlue, TilePlan, Tiling } from '../runtime/objects-glue.js';
import { fromModule, objectsModule } from '../runtime/objects-module.js';
import { jsonOf } from '../runtime/options-json.js';
import { transferOf } from '../runtime/supervisor.js';
import { diameterInPixels, estimateDiameter, type Look } from './diameter.js';
import {
  callFilter,
  callSettings,
  factsOf,
  hasOwnScale,
  type ImageFacts,
  MAX_DETECTIONS,
  mayNeedTiles,
  merged,
  tidy,
} from './network-input.js';
import { twice } from './run-tiles.js';
import type { SegmentedTile } from './segmented-tile.js';
import { type TileSource, tilesOfImage, tilesOfRegions } from './tile-source.js';
import { TiledSegmentation } from './tiled-segmentation.js';
import { toneImage } from './tone.js';

/** What a {@link Segmentation} is made with. */
export interface SegmentationSetup {
  engines: Engines;
  /** The names of the classes by number. */
  labels: readonly string[];
  options: SegmentOptions;
  /** Called with each tile that is finished. */
  report: ((tile: SegmentedTile) => void) | undefined;
}

/** An image and what is known of how the network is to see it. */
export interface NetworkInput {
  image: TakenImage;
  facts: ImageFacts;
  plane: ResultInput['plane'];
  /** In place of the segmenter's settings. */
  settings: PartialSettings;
  /** The typical diameter of the objects in pixels of the image, where the scale is chosen by it. */
  diameter: number | undefined;
}

/** What goes along with an image that was taken. */
export interface TakenDetails {
  /** The image's channels, as far as the image does not know them. */
  named: readonly string[] | undefined;
  plane: ResultInput['plane'];
  /** Called when the engine has all of an image that is not cut, and works on it. */
  onSent: () => void;
}

/** An engine's tone as JSON, of which the page reads the channels only. */
export interface Tone {
  channels: number[];
}

/** Finds the objects of one image, for the engines's task whose turn it is. */
export class Segmentation {
  readonly #setup: SegmentationSetup;
  #tiled: TiledSegmentation | undefined;
  #onSent = () => {};

  constructor(setup: SegmentationSetup) {
    this.#setup = setup;
  }

  /** The result of the tiles that are finished; `undefined` where there are none. */
  get partial(): SegmentResult | undefined {
    return this.#tiled?.partial;
  }

  /** Finds the objects. */
  async run(image: TakenImage, { named, plane, onSent }: TakenDetails): Promise<SegmentResult> {
    this.#onSent = onSent;
    const { options, engines } = this.#setup;
    const facts = factsOf(image, named);
    facts.pixelSize = options.pixelSize ?? facts.pixelSize;
    const input: NetworkInput = { image, facts, plane, settings: callSettings(options, facts), diameter: undefined };
    const isPlanned = mayNeedTiles(options, facts, merged(engines.info.settings, input.settings));
    if (isGpuPixels(image) && (isPlanned || this.#isUnlimited(input))) {
      const { width, height } = image;
      input.image = { width, height, data: await readGpuPixels(image) };
    }
    return isPlanned ? this.#planned(input) : this.#uncut(input);
  }

  /** Has the network see all of the image at once or, where that is as many objects as it can give, in tiles. */
  async #uncut(input: NetworkInput): Promise<SegmentResult> {
    if (!this.#isUnlimited(input)) return this.#reported(await this.#whole(input));
    const { signal } = this.#setup.options;
    const source = sourceOf(input.image);
    try {
      const { width, height } = source;
      // The engine takes what it is sent, and tiles may have to be read afterwards.
      const image = await source.read({ x: 0, y: 0, width, height }, signal);
      const whole = await this.#whole({ ...input, image });
      const parts = whole.truncated ? await this.#split(input, whole.input?.scale) : undefined;
      if (!parts) return this.#reported(whole);
      const glue = await objectsModule();
      this.#tiled = new TiledSegmentation(this.#setup, input, parts);
      return await this.#tiled.run(source, await this.#measureTone(glue, source, input));
    } finally {
      source.close();
    }
  }

  /** The tiles of an image that was seen at a scale, as one that has too many objects for one look. */
  async #split(input: NetworkInput, scale: number | undefined): Promise<Tiling | undefined> {
    const glue = await objectsModule();
    const all = jsonOf(merged(this.#setup.engines.info.settings, input.settings));
    const tiling = uncutTiling(glue, all, input.facts, scale);
    const parts = fromModule(() => tiling.split(0));
    fromModule(() => tiling.free());
    return parts;
  }

  /** Whether no limit but the network's own would cut objects off. */
  #isUnlimited({ settings }: NetworkInput): boolean {
    const { options, engines } = this.#setup;
    const { tile = 'auto', inspect } = options;
    const { input } = merged(engines.info.settings, settings);
    return tile === 'auto' && !inspect && callFilter(options).maxDetections === undefined && hasOwnScale(input);
  }

  #reported(result: SegmentResult): SegmentResult {
    const { width, height, detections } = result;
    this.#setup.report?.({ index: 0, done: 1, total: 1, x: 0, y: 0, width, height, detections, result: () => result });
    return result;
  }

  /** Cuts the image where that is needed, and scales it by its objects' size where that is asked for. */
  async #planned(input: NetworkInput): Promise<SegmentResult> {
    const { image } = input;
    const glue = await objectsModule();
    const all = jsonOf(merged(this.#setup.engines.info.settings, input.settings));
    const source = sourceOf(image);
    let measured: Promise<Tone> | undefined;
    const tone = () => {
      measured ??= this.#measureTone(glue, source, input);
      return measured;
    };
    let tiling = this.#tiling(glue, all, input, undefined);
    const isCut = planOf(tiling).tiles.length > 1;
    const diameter = await this.#diameter(glue, all, input, isCut, this.#lookAt(glue, all, source, tone));
    if (diameter !== undefined) {
      fromModule(() => tiling.free());
      tiling = this.#tiling(
        glue,
        all,
        input,
        fromModule(() => glue.scaleForDiameter(all, diameter)),
      );
    }
    const plan = planOf(tiling);
    if (plan.tiles.length === 1) {
      const settings = plan.scale === null ? input.settings : JSON.parse(fromModule(() => tiling.settings));
      fromModule(() => tiling.free());
      return this.#uncut({ ...input, settings, diameter });
    }
    this.#tiled = new TiledSegmentation(this.#setup, { ...input, diameter }, tiling);
    return this.#tiled.run(source, await tone());
  }

  #tiling(glue: ObjectsGlue, all: string, { facts }: NetworkInput, scale: number | undefined): Tiling {
    const { tile = 'auto', overlap, inspect } = this.#setup.options;
    const options = jsonOf({ tile: inspect ? false : tile, overlap, scale });
    return fromModule(() => new glue.Tiling(facts.width, facts.height, all, options));
  }

  /** Has the network see all of the image at once. */
  async #whole({ image, facts, plane, settings, diameter }: NetworkInput): Promise<SegmentResult> {
    const { engines, labels, options } = this.#setup;
    const { inspect, signal } = options;
    const { classes, excludeClasses, maxDetections } = callFilter(options);
    // When only some classes are wanted, the others must not take up the places.
    const isFiltered = classes !== undefined || excludeClasses !== undefined;
    const limit =
      isFiltered || maxDetections === undefined ? {} : { maxDetections: Math.min(maxDetections, MAX_DETECTIONS) };
    const own = { ...settings, detections: { ...settings.detections, ...limit } };
    const sent = await wholeImage(image, signal);
    const request = { image: sent, options: jsonOf({ settings: own, inspect }) };
    const answer = engines.call('segment', request, transferOf(sent), signal);
    this.#onSent();
    const raw = await answer;
    const { channelNames, pixelSize } = facts;
    const { detections: chosen } = merged(engines.info.settings, own);
    const all = toResult(raw, engines.info, labels, {
      truncated: raw.scores.length >= chosen.maxDetections,
      pixelSize,
      input: {
        channels: [...raw.channels],
        ...(channelNames && { channelNames: [...channelNames] }),
        ...(plane && { plane }),
        ...(pixelSize !== undefined && { pixelSize }),
        scale: tidy(raw.scale),
        ...(diameter !== undefined && { diameter }),
      },
    });
    const found = isFiltered ? all.filter({ classes, excludeClasses, maxDetections }) : all;
    return raw.stages ? new SegmentResult({ ...found, inspection: toInspection(raw, found.detections) }) : found;
  }

  /**
   * The diameter that the caller gives, or that a first look finds, which an image that is cut gets in any case where the
   * model knows what to make of it.
   */
  async #diameter(
    glue: ObjectsGlue,
    all: string,
    { facts }: NetworkInput,
    isCut: boolean,
    look: Look,
  ): Promise<number | undefined> {
    const isKnown = typeof JSON.parse(all).input.objectDiameter === 'number';
    const { diameter = isCut && isKnown ? 'auto' : undefined } = this.#setup.options;
    if (diameter === undefined) return undefined;
    if (diameter !== 'auto') return diameterInPixels(diameter, facts.pixelSize);
    const first = fromModule(() => new glue.FirstLook(facts.width, facts.height, all));
    return estimateDiameter(first, look);
  }

  /** Has the network look at parts of the image. */
  #lookAt(glue: ObjectsGlue, all: string, source: TileSource, tone: () => Promise<Tone>): Look {
    const { options, engines } = this.#setup;
    const { signal } = options;
    return async (region, scale) => {
      const settings = JSON.parse(settingsAt(glue, all, region, scale));
      const request = JSON.stringify({ settings, softMasks: false, tone: await tone() });
      return twice(async () => {
        const image = await source.read(region, signal);
        return engines.call('segment', { image, options: request }, transferOf(image), signal);
      });
    };
  }

  async #measureTone(glue: ObjectsGlue, source: TileSource, { settings }: NetworkInput): Promise<Tone> {
    const { engines, options } = this.#setup;
    const regions: Region[] = JSON.parse(fromModule(() => glue.toneRegions(source.width, source.height)));
    const work = async () => {
      const image = await toneImage(source, regions, options.signal);
      const request = { image, options: jsonOf({ settings }) };
      return engines.call('tone', request, transferOf(image), options.signal);
    };
    return JSON.parse(await twice(work));
  }
}

function sourceOf(image: TakenImage): TileSource {
  return isRegionImage(image) ? tilesOfRegions(image) : tilesOfImage(image);
}

function planOf(tiling: Tiling): TilePlan {
  return JSON.parse(fromModule(() => tiling.plan));
}

/** An image, or a part of one, as a single tile that is seen at a scale. */
function uncutTiling(
  glue: ObjectsGlue,
  all: string,
  { width, height }: Pick<Region, 'width' | 'height'>,
  scale: number | undefined,
): Tiling {
  return fromModule(() => new glue.Tiling(width, height, all, jsonOf({ tile: false, scale })));
}

/** The settings with which the network sees a part of an image at a scale, as JSON. */
function settingsAt(glue: ObjectsGlue, all: string, region: Region, scale: number): string {
  const tiling = uncutTiling(glue, all, region, scale);
  const settings = fromModule(() => tiling.settings);
  fromModule(() => tiling.free());
  return settings;
}
