import { Bell } from '../bell.js';
import { MaskRcnnError } from '../errors.js';

/** Everything that {@link Segmenter.stream} takes frames from. */
export type StreamSource = HTMLVideoElement | MediaStreamTrack | ReadableStream<VideoFrame>;

/** One image of a moving one. */
export interface Frame {
  /** The image. */
  image: ImageBitmap | VideoFrame;
  /** When it is shown, in seconds from the start of the video, or by the camera's clock. */
  time: number;
  /** How many frames passed between the one before and this. */
  dropped: number;
}

/** Gives, whenever asked, the latest frame that was not given yet, and waits where there is none. */
export interface FrameReader {
  /** The latest frame, which the caller then closes; `undefined` at the end. */
  next(): Promise<Frame | undefined>;
  /** Ends reading; a `next` that waits gets `undefined`. */
  close(): void;
}

/**
 * Starts to read frames.
 *
 * @throws `invalid-input` for what has no frames
 */
export function readFrames(source: StreamSource): FrameReader {
  const kind = Object.prototype.toString.call(source).slice(8, -1);
  switch (kind) {
    case 'HTMLVideoElement':
      return new VideoReader(source as HTMLVideoElement);
    case 'ReadableStream':
      return new QueueReader(source as ReadableStream<VideoFrame>);
    case 'MediaStreamTrack':
    case 'CanvasCaptureMediaStreamTrack':
      return readTrack(source as MediaStreamVideoTrack);
    default:
      throw new MaskRcnnError(
        'invalid-input',
        `there are no frames in ${kind}; give a video, a video track or a stream of frames`,
      );
  }
}

declare const MediaStreamTrackProcessor:
  | (new (init: {
      track: MediaStreamVideoTrack;
      maxBufferSize: number;
    }) => { readable: ReadableStream<VideoFrame> })
  | undefined;
type MediaStreamVideoTrack = MediaStreamTrack;

function readTrack(track: MediaStreamVideoTrack): FrameReader {
  if (track.kind !== 'video') throw new MaskRcnnError('invalid-input', 'the track is one of sound; give one of video');
  if (typeof MediaStreamTrackProcessor === 'function') {
    try {
      return new QueueReader(new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable);
    } catch (cause) {
      throw new MaskRcnnError('invalid-input', `the track has no frames to read: it is ${track.readyState}`, { cause });
    }
  }
  // Firefox has none, Safari has it in workers only; a video that nobody sees shows the same frames.
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  const reader = new VideoReader(video, () => {
    video.srcObject = null;
  });
  track.addEventListener('ended', () => reader.close(), { once: true });
  video
    .play()
    .catch((cause) => reader.fail(new MaskRcnnError('invalid-input', 'the track cannot be played', { cause })));
  return reader;
}

/** Takes from a playing video what it shows at the moment, once a frame. Waits while the video stands still. */
class VideoReader implements FrameReader {
  readonly #video: HTMLVideoElement;
  readonly #bell = new Bell();
  readonly #onClose: () => void;
  #callback = 0;
  #shown: { count: number; time: number } | undefined;
  #given = 0;
  #closed = false;
  #error: MaskRcnnError | undefined;

  constructor(video: HTMLVideoElement, onClose = () => {}) {
    this.#video = video;
    this.#onClose = onClose;
    for (const event of ['ended', 'error']) video.addEventListener(event, this.#bell.ring);
    // A video that stands still shows a frame that no callback will tell of.
    if (video.readyState >= 2) this.#shown = { count: 1, time: video.currentTime };
    this.#watch();
  }

  async next(): Promise<Frame | undefined> {
    while (!this.#closed) {
      if (this.#shown && this.#shown.count > this.#given) return this.#take(this.#shown);
      if (this.#video.ended) break;
      await this.#bell.wait();
    }
    if (this.#error) throw this.#error;
    const { error } = this.#video;
    if (error && !this.#closed)
      throw new MaskRcnnError('invalid-input', `the video cannot be played: ${error.message}`);
    return undefined;
  }

  /** Ends with an error. */
  fail(error: MaskRcnnError): void {
    this.#error = error;
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const event of ['ended', 'error']) this.#video.removeEventListener(event, this.#bell.ring);
    if ('requestVideoFrameCallback' in this.#video) this.#video.cancelVideoFrameCallback(this.#callback);
    else cancelAnimationFrame(this.#callback);
    this.#bell.ring();
    this.#onClose();
  }

  async #take({ count, time }: { count: number; time: number }): Promise<Frame> {
    const dropped = this.#given === 0 ? 0 : count - this.#given - 1;
    this.#given = count;
    const image = await createImageBitmap(this.#video).catch((cause) => {
      throw new MaskRcnnError('invalid-input', 'the video shows no image that can be read', { cause });
    });
    return { image, time, dropped };
  }

  #watch() {
    const video = this.#video;
    if ('requestVideoFrameCallback' in video) {
      const first = this.#shown?.count ?? 0;
      let before = 0;
      const onFrame: VideoFrameRequestCallback = (_, { presentedFrames, mediaTime }) => {
        before ||= presentedFrames - 1;
        this.#shown = { count: first + presentedFrames - before, time: mediaTime };
        this.#callback = video.requestVideoFrameCallback(onFrame);
        this.#bell.ring();
      };
      this.#callback = video.requestVideoFrameCallback(onFrame);
      return;
    }
    // Older browsers do not tell of frames: those that the page could have painted are counted.
    const onPaint = () => {
      const { currentTime, readyState } = video as HTMLVideoElement;
      if (readyState >= 2 && currentTime !== this.#shown?.time) {
        this.#shown = { count: (this.#shown?.count ?? 0) + 1, time: currentTime };
        this.#bell.ring();
      }
      this.#callback = requestAnimationFrame(onPaint);
    };
    this.#callback = requestAnimationFrame(onPaint);
  }
}

/** Empties a stream as fast as it fills, and keeps the latest frame only. */
class QueueReader implements FrameReader {
  readonly #reader: ReadableStreamDefaultReader<VideoFrame>;
  readonly #bell = new Bell();
  #latest: VideoFrame | undefined;
  #dropped = 0;
  #done = false;
  #error: unknown;

  constructor(stream: ReadableStream<VideoFrame>) {
    if (stream.locked) throw new MaskRcnnError('invalid-input', 'the stream is being read by somebody else');
    this.#reader = stream.getReader();
    this.#pump().finally(() => {
      this.#done = true;
      this.#bell.ring();
    });
  }

  async next(): Promise<Frame | undefined> {
    while (!this.#latest && !this.#done) await this.#bell.wait();
    if (!this.#latest) {
      if (this.#error instanceof MaskRcnnError) throw this.#error;
      if (this.#error) throw new MaskRcnnError('invalid-input', 'the stream broke off', { cause: this.#error });
      return undefined;
    }
    const frame = { image: this.#latest, time: this.#latest.timestamp / 1e6, dropped: this.#dropped };
    this.#latest = undefined;
    this.#dropped = 0;
    return frame;
  }

  close(): void {
    this.#done = true;
    this.#latest?.close();
    this.#latest = undefined;
    this.#reader.cancel().catch(() => {});
    this.#bell.ring();
  }

  async #pump() {
    try {
      for (let read = await this.#reader.read(); !read.done; read = await this.#reader.read()) {
        this.#put(read.value);
      }
    } catch (error) {
      this.#error = error;
    }
  }

  #put(frame: VideoFrame) {
    if (Object.prototype.toString.call(frame) !== '[object VideoFrame]') {
      this.#reader.cancel().catch(() => {});
      throw new MaskRcnnError('invalid-input', 'the stream gives something else than VideoFrames');
    }
    if (this.#done) return frame.close();
    if (this.#latest) {
      this.#latest.close();
      this.#dropped++;
    }
    this.#latest = frame;
    this.#bell.ring();
  }
}
