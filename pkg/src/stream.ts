import { unlessAborted } from './abort.js';
import { type Frame, type FrameReader, readFrames, type StreamSource } from './image/frames.js';
import type { StreamOptions } from './options.js';
import { checkCallOptions } from './options.js';
import type { SegmentResult } from './result/result.js';

/** A frame and what was found in it. */
export interface StreamItem {
  /** What was found. */
  result: SegmentResult;
  /**
   * The frame itself, for this turn of the loop: it is closed when the loop asks for the next one or ends, so that a
   * camera never runs out of frames. To keep it, copy it, by `createImageBitmap(frame)`.
   */
  frame: ImageBitmap | VideoFrame;
  /** When the frame is shown, in seconds: of the video, or by the camera's clock. */
  time: number;
  /** How many frames were left out since the one before, because they came while that one was worked on. */
  dropped: number;
}

/** Segments the latest frame again and again, until the source or the signal ends it. Every frame is closed. */
export async function* segmentFrames(
  source: StreamSource,
  segment: (image: Frame['image'], options: StreamOptions) => Promise<SegmentResult>,
  options: StreamOptions,
): AsyncGenerator<StreamItem, void> {
  checkCallOptions(options);
  const { signal } = options;
  if (signal?.aborted) return;
  const reader = readFrames(source);
  const stop = () => reader.close();
  signal?.addEventListener('abort', stop);
  try {
    for (let next = await nextOf(reader, signal); next; next = await nextOf(reader, signal)) {
      const { image, time, dropped } = next;
      try {
        yield { result: await segment(image, options), frame: image, time, dropped };
      } finally {
        image.close();
      }
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    reader.close();
  }
}

/** The next frame, unless the signal fires first: what comes after that is closed. */
function nextOf(reader: FrameReader, signal: AbortSignal | undefined): Promise<Frame | undefined> {
  const next = reader.next();
  return unlessAborted(next, signal, () => {
    next.then(
      (frame) => frame?.image.close(),
      () => {},
    );
  });
}
