import { Bell } from './bell.js';
import { hasCode } from './errors.js';
import { type ImageSource, QueuedImage } from './image/source.js';
import type { PlaneOptions } from './image/tiff/plane-options.js';
import type { SegmentOptions } from './options.js';
import { reporting } from './progress.js';
import type { SegmentResult } from './result/result.js';
import { jsonOf } from './runtime/options-json.js';
import { Segmentation, type SegmentationSetup } from './tiles/segmentation.js';
import type { SegmentedTile, TileProgress } from './tiles/segmented-tile.js';

/** What an image is segmented with; the options are checked. */
export interface SegmentSetup extends Pick<SegmentationSetup, 'engines' | 'labels' | 'options'> {
  /** Whether the next image that may overlap, too, is begun as soon as this one is with the engine. */
  overlaps?: boolean;
}

/**
 * Segments an image when its turn comes.
 *
 * @throws as `segment`
 */
export function segmentImage(
  image: ImageSource,
  { engines, labels, options, overlaps }: SegmentSetup,
): Promise<SegmentResult> {
  const { signal, onProgress } = options;
  // The GPU copies them where they are; elsewhere their pixels are read, which browsers do in more than one way.
  const keepsFrames = overlaps && engines.info.backend === 'webgpu';
  const segment = async (report: (progress: TileProgress) => void) => {
    // Before the call waits for its turn.
    jsonOf({ settings: options.settings });
    const queued = new QueuedImage(image, planeOf(options), { device: engines.device, keepsFrames });
    const onTile = (tile: SegmentedTile) => report({ phase: 'tiles', done: tile.done, total: tile.total, tile });
    const setup = { engines, labels, options, report: onProgress && onTile };
    const segmentation = new Segmentation(setup);
    const task = async (sent: () => void) => {
      await engines.ready(signal);
      const { channelNames, image } = await queued.take(signal);
      return segmentation.run(image, { named: channelNames, plane: planeOf(options), onSent: sent });
    };
    try {
      return await engines.enqueue(signal, task, () => queued.drop(), { overlaps });
    } catch (error) {
      const { partial } = segmentation;
      if (partial && hasCode(error, 'aborted')) error.partial = partial;
      throw error;
    }
  };
  return reporting(onProgress, segment);
}

/**
 * Segments an image, and gives its tiles as soon as they are finished.
 *
 * @throws as `segment`
 */
export async function* segmentTileByTile(
  image: ImageSource,
  { options, ...setup }: SegmentSetup,
): AsyncGenerator<SegmentedTile, void> {
  const stop = new AbortController();
  const abort = () => stop.abort(options.signal?.reason);
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort);
  const tiles: SegmentedTile[] = [];
  const changed = new Bell();
  let end: { error?: unknown } | undefined;
  const onProgress = ({ tile }: TileProgress) => {
    tiles.push(tile);
    changed.ring();
  };
  const finish = (outcome: { error?: unknown }) => {
    end = outcome;
    changed.ring();
  };
  segmentImage(image, { ...setup, options: { ...options, signal: stop.signal, onProgress } }).then(
    () => finish({}),
    (error: unknown) => finish({ error }),
  );
  try {
    for (;;) {
      for (let tile = tiles.shift(); tile; tile = tiles.shift()) yield tile;
      if (end) break;
      await changed.wait();
    }
    if ('error' in end) throw end.error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}

/** Which plane of a file is meant; `undefined` where the caller does not say. */
function planeOf({ page, z, t, projection }: SegmentOptions): PlaneOptions | undefined {
  const given = Object.entries({ page, z, t, projection }).filter(([, value]) => value !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}
