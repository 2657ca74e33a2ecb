import { MaskRcnnError, type Segmenter, type SegmentOptions, SegmentResult } from 'maskrcnn-web';
import type { OpenedImage } from '../image/opened-image.js';
import { STOPPED, tell } from '../job.js';
import { pixelSizeNow } from './input.js';
import { diameterNow } from './scale.js';

/** All that the network reports is kept, so that the slider can go down to it without another run. */
export const LOWEST_SCORE = 0.05;
/** How much longer than a look at unfinished tiles takes the pause is until the next. */
const PAUSE = 4;

/** How the network is to see an image, as the visitor wants it. */
export function inputOptions({ choice: { channel } }: OpenedImage): SegmentOptions {
  const [pixelSize, diameter] = [pixelSizeNow(), diameterNow()];
  return {
    scoreThreshold: LOWEST_SCORE,
    ...(pixelSize !== undefined && { pixelSize }),
    ...(diameter !== undefined && { diameter }),
    ...(channel !== undefined && { channels: channel }),
  };
}

/**
 * Finds what is in an image, and shows what is found while tiles are still to come.
 *
 * @returns what is done when the visitor stops it, `undefined` where that is nothing
 */
export async function find(
  network: Segmenter,
  image: OpenedImage,
  { signal, onPartial }: { signal: AbortSignal; onPartial(result: SegmentResult): void },
): Promise<SegmentResult | undefined> {
  let latest: SegmentResult | undefined;
  let [shownAt, took] = [performance.now(), 0];
  try {
    for await (const tile of network.segmentTiles(image.source, { ...inputOptions(image), signal })) {
      const { done, total } = tile;
      if (done === total) latest = tile.result();
      if (total === 1) continue;
      tell(`${done.toLocaleString()} of ${total.toLocaleString()} tiles done…`, done / total);
      // To join all objects at their seams takes longer, the more there are.
      const now = performance.now();
      if (done === total || now - shownAt < PAUSE * took) continue;
      latest = tile.result();
      onPartial(latest);
      shownAt = performance.now();
      took = shownAt - now;
    }
  } catch (error) {
    if (signal.reason !== STOPPED) throw error;
    return error instanceof MaskRcnnError ? error.partial : latest;
  }
  return latest;
}

/** A result in the size of the pixels that the page says, which may be known later than the objects. */
export function withPixelSize(result: SegmentResult): SegmentResult {
  return new SegmentResult({ ...result, pixelSize: pixelSizeNow() });
}
