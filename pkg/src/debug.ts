/**
 * For the diagnosis of a network: the entry `maskrcnn-web/debug`. How a result came about is told by
 * `segment(image, { inspect: true })`. Importing this does nothing.
 */
import type { ImageSource } from './image/source.js';
import { type CallOptions, checkCallOptions } from './options.js';
import type { StageTime } from './runtime/engine.js';
import { type Segmenter, supervisorOf } from './segmenter.js';

export type { RawImage } from './image/raw-image.js';
export type { ImageSource } from './image/source.js';
export type { CallOptions } from './options.js';
export type { StageTime } from './runtime/engine.js';

/**
 * How long each stage takes on an image, when the stages run one by one and each is waited for.
 *
 * @throws a `MaskRcnnError` as {@link Segmenter.segment}
 */
export async function profile(
  segmenter: Segmenter,
  image: ImageSource,
  options: CallOptions = {},
): Promise<StageTime[]> {
  checkCallOptions(options);
  return supervisorOf(segmenter).run(image, options.signal, (engine, sent, transfer) =>
    engine.call('profile', { image: sent }, transfer, options.signal),
  );
}
