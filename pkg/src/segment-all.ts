import { throwIfAborted, unlessAborted } from './abort.js';
import { kindOf } from './arguments.js';
import { MaskRcnnError } from './errors.js';
import type { ImageSource } from './image/source.js';
import type { SegmentResult } from './result/result.js';

/** Many images: a list, or anything that gives them one after the other, such as an async generator. */
export type ImageSources<Image extends ImageSource = ImageSource> = Iterable<Image> | AsyncIterable<Image>;

/** One of many images, and what was found in it. */
export interface SegmentedImage<Image extends ImageSource = ImageSource> {
  /** Its place among the images, from 0. */
  index: number;
  /** The image itself, as it was given. */
  image: Image;
  /** What was found. */
  result: SegmentResult;
}

/**
 * Segments images one after the other. The next one is asked for when the caller asks for the next result, so that
 * neither images nor results pile up.
 *
 * @throws `invalid-input` for what is not a list of images, `aborted` when the signal fires, and as `segment`
 */
export async function* segmentEach<Image extends ImageSource>(
  images: ImageSources<Image>,
  segment: (image: Image) => Promise<SegmentResult>,
  checkOptions: () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<SegmentedImage<Image>, void> {
  checkOptions();
  const iterator = iteratorOf(images);
  try {
    for (let index = 0; ; index++) {
      throwIfAborted(signal);
      const { done, value: image } = await unlessAborted(Promise.resolve(iterator.next()), signal);
      if (done) return;
      yield { index, image, result: await segment(image) };
    }
  } finally {
    // Not awaited: a source that never answers must not keep an aborted loop waiting.
    Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function iteratorOf<Image>(images: Iterable<Image> | AsyncIterable<Image>): Iterator<Image> | AsyncIterator<Image> {
  if (typeof images !== 'string') {
    if (typeof (images as AsyncIterable<Image> | undefined)?.[Symbol.asyncIterator] === 'function') {
      return (images as AsyncIterable<Image>)[Symbol.asyncIterator]();
    }
    if (typeof (images as Iterable<Image> | undefined)?.[Symbol.iterator] === 'function') {
      return (images as Iterable<Image>)[Symbol.iterator]();
    }
  }
  throw new MaskRcnnError('invalid-input', `segmentAll takes a list of images, not ${kindOf(images)}`);
}
