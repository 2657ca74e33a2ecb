import { throwIfAborted, unlessAborted } from './abort.js';
import { kindOf } from './arguments.js';
import { hasCode, MaskRcnnError } from './errors.js';
import type { ImageSource } from './image/source.js';
import type { SegmentResult } from './result/result.js';
import { ENGINE_ERRORS, type Engines, MAX_FAILURES, singleEngine } from './runtime/engines.js';
import type { Caller } from './runtime/supervisor.js';
import { type SegmentSetup, segmentImage } from './segment-image.js';

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

/** An image that waits for an engine. */
interface Job<Image extends ImageSource> {
  image: Image;
  /** How many engines failed at it. */
  failures: number;
  resolve: (result: SegmentResult) => void;
  reject: (error: unknown) => void;
}

/**
 * Segments images, and gives their results in the images' order. As many images are taken at once as there may be engines;
 * the next one is asked for when the caller asks for the next result, so that neither images nor results pile up.
 *
 * @throws `invalid-input` for what is not a list of images, `aborted` when the signal fires, and as `segment`
 */
export async function* segmentEach<Image extends ImageSource>(
  images: ImageSources<Image>,
  checkedSetup: () => SegmentSetup,
): AsyncGenerator<SegmentedImage<Image>, void> {
  const setup = checkedSetup();
  const { signal } = setup.options;
  const iterator = iteratorOf<Image>(images);
  const batch = new Batch(iterator, setup);
  try {
    for (;;) {
      throwIfAborted(signal);
      const segmented = await unlessAborted(batch.next(), signal);
      if (!segmented) return;
      yield segmented;
    }
  } finally {
    batch.end();
    // Not awaited: a source that never answers must not keep an aborted loop waiting.
    Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/** Images on their way through the engines. */
class Batch<Image extends ImageSource> {
  readonly #iterator: Iterator<Image> | AsyncIterator<Image>;
  readonly #setup: SegmentSetup;
  /** How many images may be worked on at once. */
  #width: number;
  readonly #stop = new AbortController();
  /** The next results, in order; that of the end is `undefined`. */
  readonly #ahead: Promise<SegmentedImage<Image> | undefined>[] = [];
  readonly #waiting: Job<Image>[] = [];
  /** The last request for an image. */
  #turn: Promise<unknown> = Promise.resolve();
  #taken = 0;
  #isAtEnd = false;
  /** How many images are taken and not finished. */
  #open = 0;
  #isFirstBusy = false;
  #assistants = 0;

  constructor(iterator: Iterator<Image> | AsyncIterator<Image>, setup: SegmentSetup) {
    this.#iterator = iterator;
    this.#setup = setup;
    const { signal, onProgress } = setup.options;
    // Tiles do not say which image they are of.
    this.#width = onProgress ? 1 : setup.engines.callersFor(Number.POSITIVE_INFINITY);
    signal?.addEventListener('abort', () => this.#stop.abort(signal.reason), { signal: this.#stop.signal });
  }

  /** The next image with its result; `undefined` after the last one. */
  next(): Promise<SegmentedImage<Image> | undefined> {
    while (this.#ahead.length < this.#width) {
      const segmented = this.#takeNext();
      // Whoever gets to it gets the error.
      segmented.catch(() => {});
      this.#ahead.push(segmented);
    }
    return this.#ahead.shift() as Promise<SegmentedImage<Image> | undefined>;
  }

  /** Stops what is worked on ahead. */
  end(): void {
    this.#isAtEnd = true;
    this.#stop.abort();
  }

  async #takeNext(): Promise<SegmentedImage<Image> | undefined> {
    const next = async (): Promise<IteratorResult<Image, unknown> | undefined> =>
      this.#isAtEnd ? undefined : this.#iterator.next();
    const turn = this.#turn.then(next);
    this.#turn = turn.catch(() => {
      this.#isAtEnd = true;
    });
    const item = await turn;
    if (!item || item.done || this.#isAtEnd) {
      this.#isAtEnd = true;
      return undefined;
    }
    const image = item.value;
    const index = this.#taken++;
    this.#open++;
    try {
      const result = await new Promise<SegmentResult>((resolve, reject) => {
        this.#waiting.push({ image, failures: 0, resolve, reject });
        this.#start();
      });
      return { index, image, result };
    } finally {
      this.#open--;
    }
  }

  /** Has an engine work on what waits, where one is left. */
  #start(): void {
    if (this.#waiting.length === 0) return;
    if (!this.#isFirstBusy) {
      this.#isFirstBusy = true;
      this.#workOff(this.#first()).finally(() => {
        this.#isFirstBusy = false;
        this.#start();
      });
    } else if (this.#assistants < this.#width - 1) {
      this.#assistants++;
      this.#assist().finally(() => {
        this.#assistants--;
        this.#start();
      });
    }
  }

  /** Has another engine work on what waits. Where none can be started, no other is tried. */
  async #assist(): Promise<void> {
    const { engines } = this.#setup;
    let hasStarted = false;
    const work = (engine: Caller) => {
      hasStarted = true;
      return this.#workOff(singleEngine(engines, engine), true);
    };
    await engines.assist(work, this.#stop.signal);
    if (!hasStarted) this.#width = 1;
  }

  /** The segmenter's own engine, which others help with the tiles of an image unless they have images themselves. */
  #first(): Engines {
    const { engines } = this.#setup;
    return {
      info: engines.info,
      device: engines.device,
      call: (...args) => engines.call(...args),
      ready: (...args) => engines.ready(...args),
      enqueue: (...args) => engines.enqueue(...args),
      assist: (...args) => engines.assist(...args),
      callersFor: (tiles) => (this.#open > 1 ? 1 : engines.callersFor(tiles)),
    };
  }

  /** Works on what waits until nothing does; another engine gets one more try at what an assistant fails at. */
  async #workOff(engines: Engines, isAssistant = false): Promise<void> {
    const options = { ...this.#setup.options, signal: this.#stop.signal };
    const setup = { ...this.#setup, engines, options };
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      try {
        job.resolve(await segmentImage(job.image, setup));
      } catch (error) {
        if (!isAssistant || job.failures >= MAX_FAILURES || !hasCode(error, ...ENGINE_ERRORS)) {
          job.reject(error);
          continue;
        }
        this.#waiting.unshift({ ...job, failures: job.failures + 1 });
        return;
      }
    }
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
