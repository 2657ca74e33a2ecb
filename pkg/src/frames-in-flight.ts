import { Bell } from './bell.js';
import type { Frame } from './image/frames.js';

/** A frame that is worked on, or done. */
export interface FrameInFlight<Result> {
  frame: Frame;
  result: Promise<Result>;
}

/** How frames are taken and worked on. */
export interface FrameWork<Result> {
  /** The next frame; `undefined` at the end. */
  next: () => Promise<Frame | undefined>;
  /** Works on a frame, which stays open. */
  work: (frame: Frame) => Promise<Result>;
  /** How many frames are open at once: those that are worked on and the one that the caller has. */
  max: number;
}

/** Frames in their order: while the caller has one, and waits for it, the next are taken and worked on. */
export class FramesInFlight<Result> {
  readonly #work: FrameWork<Result>;
  /** The first is the caller's. */
  readonly #open: FrameInFlight<Result>[] = [];
  readonly #came = new Bell();
  readonly #left = new Bell();
  #end: { error?: unknown } | undefined;
  #closed = false;

  /** Takes the first frame at once. */
  constructor(work: FrameWork<Result>) {
    this.#work = work;
    this.#take().then(
      () => this.#finish({}),
      (error: unknown) => this.#finish({ error }),
    );
  }

  /**
   * The oldest frame that is open; `undefined` at the end.
   *
   * @throws what taking a frame throws, once those before it are done
   */
  async oldest(): Promise<FrameInFlight<Result> | undefined> {
    while (this.#open.length === 0 && !this.#end) await this.#came.wait();
    const [oldest] = this.#open;
    if (!oldest && this.#end && 'error' in this.#end) throw this.#end.error;
    return oldest;
  }

  /** Closes the oldest frame: another is taken in its place. */
  closeOldest(): void {
    this.#open.shift()?.frame.image.close();
    this.#left.ring();
  }

  /** Closes all frames, and takes no more. */
  close(): void {
    this.#closed = true;
    for (const { frame } of this.#open.splice(0)) frame.image.close();
    this.#left.ring();
  }

  async #take() {
    const { next, work, max } = this.#work;
    for (;;) {
      while (this.#open.length >= max && !this.#closed) await this.#left.wait();
      if (this.#closed) return;
      const frame = await next();
      if (!frame) return;
      if (this.#closed) return frame.image.close();
      const result = work(frame);
      // Whoever takes the frame gets the error.
      result.catch(() => {});
      this.#open.push({ frame, result });
      this.#came.ring();
    }
  }

  #finish(end: { error?: unknown }) {
    this.#end = end;
    this.#came.ring();
  }
}
