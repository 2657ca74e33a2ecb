import { aborted, type MaskRcnnError } from '../errors.js';
import type { RemoteEngine } from './remote.js';

/** Milliseconds after which engines that nobody uses are ended: each keeps the memory that its largest tile took. */
export const IDLE_MS = 30_000;

/** What the pool needs to know of an engine. */
export type PooledEngine = Pick<RemoteEngine, 'ended' | 'end'>;

/**
 * Engines beside a segmenter's first one, for the tiles of large images. They are started when they are needed, kept for
 * the next image, and ended when none has come for a while.
 */
export class EnginePool<Engine extends PooledEngine = RemoteEngine> {
  readonly #open: () => Promise<Engine>;
  readonly #free: Engine[] = [];
  readonly #lent = new Set<Engine>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reason: MaskRcnnError | undefined;

  /** @param open starts an engine with the model loaded */
  constructor(open: () => Promise<Engine>) {
    this.#open = open;
  }

  /**
   * An engine that nobody else uses: a running one, or a new one.
   *
   * @throws what starting one throws
   */
  async borrow(): Promise<Engine> {
    clearTimeout(this.#timer);
    if (this.#reason) throw this.#reason;
    for (let engine = this.#free.pop(); engine; engine = this.#free.pop()) {
      if (engine.ended) continue;
      this.#lent.add(engine);
      return engine;
    }
    const engine = await this.#open();
    if (this.#reason) {
      engine.end(this.#reason);
      throw this.#reason;
    }
    this.#lent.add(engine);
    return engine;
  }

  /** Takes an engine back. One that is still busy is ended, as nobody waits for it. */
  giveBack(engine: Engine, { isBusy }: { isBusy: boolean }): void {
    this.#lent.delete(engine);
    if (isBusy) engine.end(aborted());
    if (!engine.ended) this.#free.push(engine);
    if (this.#lent.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const idle of this.#free.splice(0)) idle.end(aborted());
    }, IDLE_MS);
  }

  /** Ends all engines, those that are busy included, and those that are about to start. */
  dispose(reason: MaskRcnnError): void {
    clearTimeout(this.#timer);
    this.#reason = reason;
    for (const engine of [...this.#free.splice(0), ...this.#lent]) engine.end(reason);
    this.#lent.clear();
  }
}
