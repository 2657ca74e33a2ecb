import { unlessAborted } from './abort.js';
import { checkNumber } from './arguments.js';
import { FramesInFlight } from './frames-in-flight.js';
import { type Frame, type FrameReader, readFrames, type StreamSource } from './image/frames.js';
import type { CallOptions } from './options.js';
import type { SegmentResult } from './result/result.js';

/** A frame that was worked on. */
export interface StreamFrame {
  /**
   * The frame itself, for this turn of the loop: it is closed when the loop asks for the next one or ends, so that a
   * camera never runs out of frames. To keep it, copy it, by `createImageBitmap(frame)`.
   */
  frame: ImageBitmap | VideoFrame;
  /** When the frame is shown, in seconds: of the video, or by the camera's clock. */
  time: number;
  /** How many frames were left out since the one before, because they came while others were worked on. */
  dropped: number;
}

/** A frame and what was found in it. */
export interface StreamItem extends StreamFrame {
  /** What was found. */
  result: SegmentResult;
}

/** What is done with the frames of a stream. */
export interface FrameLoop<Result> extends CallOptions {
  /** Works on a frame, which stays open. */
  work: (image: Frame['image'], options: { signal: AbortSignal }) => Promise<Result>;
  /** How many frames are open at once. */
  framesInFlight: number;
}

/** @throws `invalid-input` unless it is 1 or 2 */
export function checkFramesInFlight(framesInFlight: unknown): void {
  checkNumber(framesInFlight, 'framesInFlight', { min: 1, max: 2, isWhole: true });
}

/**
 * Works on the latest frame again and again, until the source or the signal ends it. Every frame is closed. The caller has
 * checked the options.
 */
export async function* workOnFrames<Result>(
  source: StreamSource,
  { work, framesInFlight, signal }: FrameLoop<Result>,
): AsyncGenerator<StreamFrame & { result: Result }, void> {
  if (signal?.aborted) return;
  const reader = readFrames(source);
  const stop = new AbortController();
  const abort = () => {
    reader.close();
    stop.abort(signal?.reason);
  };
  signal?.addEventListener('abort', abort);
  const frames = new FramesInFlight({
    next: () => nextOf(reader, stop.signal),
    work: ({ image }) => work(image, { signal: stop.signal }),
    max: framesInFlight,
  });
  try {
    for (let open = await frames.oldest(); open; open = await frames.oldest()) {
      const { image, time, dropped } = open.frame;
      yield { result: await open.result, frame: image, time, dropped };
      frames.closeOldest();
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    abort();
    frames.close();
  }
}

/** The next frame, unless the signal fires first: what comes after that is closed. */
function nextOf(reader: FrameReader, signal: AbortSignal): Promise<Frame | undefined> {
  const next = reader.next();
  return unlessAborted(next, signal, () => {
    next.then(
      (frame) => frame?.image.close(),
      () => {},
    );
  });
}
