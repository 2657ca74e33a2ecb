/**
 * For the diagnosis of a network: the entry `maskrcnn-web/debug`. How a result came about is told by
 * `segment(image, { inspect: true })`. Importing this does nothing.
 */
import type { ImageSource } from './image/source.js';
import type { PartialSettings } from './model/settings.js';
import { type CallOptions, checkCallOptions, checkSettings } from './options.js';
import type { ImageTransfers, StageTime } from './runtime/engine.js';
import { jsonOf } from './runtime/options-json.js';
import { type Segmenter, supervisorOf } from './segmenter.js';

export type { GpuBufferImage, GpuImage } from './image/gpu-image.js';
export type { RawImage } from './image/raw-image.js';
export type { ImageSource } from './image/source.js';
export type { PartialSettings } from './model/settings.js';
export type { CallOptions } from './options.js';
export type { ImageTransfers, StageTime } from './runtime/engine.js';

/** What {@link profile} takes. */
export interface ProfileOptions extends CallOptions {
  /** Settings in place of those that the segmenter was loaded with; some of them. */
  settings?: PartialSettings;
}

/**
 * How long each stage takes on an image, when the stages run one by one and each is waited for, and how much arithmetic
 * it is. The last one, `whole`, is the network without such waits.
 *
 * @throws a `MaskRcnnError` as {@link Segmenter.segment}
 */
export async function profile(
  segmenter: Segmenter,
  image: ImageSource,
  options: ProfileOptions = {},
): Promise<StageTime[]> {
  checkCallOptions(options);
  const { settings, signal } = options;
  checkSettings(settings);
  const own = jsonOf({ settings });
  return supervisorOf(segmenter).run(image, signal, (engine, sent, transfer) =>
    engine.call('profile', { image: sent, options: own }, transfer, signal),
  );
}

/**
 * How the images that a segmenter was given reached its engine, since that was started: a tile counts as an image, and on
 * the CPU those count that the first worker had.
 *
 * @throws a `MaskRcnnError` with the code `disposed`, `device-lost`, `out-of-memory` or `internal`
 */
export async function imageTransfers(segmenter: Segmenter): Promise<ImageTransfers> {
  return supervisorOf(segmenter).call('transfers', {}, [], undefined);
}
