import { type ErrorCode, errorFrom, type MaskRcnnError } from '../errors.js';
import type { OnCompiled, Request } from './host.js';
import type { Reply } from './serve.js';

// After these nothing in the wasm instance can be relied on, and its memory, once grown, never shrinks.
const FATAL: readonly ErrorCode[] = ['device-lost', 'out-of-memory', 'internal'];

interface Pending {
  engine: number;
  onCompiled: OnCompiled | undefined;
  resolve(value: unknown): void;
  reject(error: MaskRcnnError): void;
}

/**
 * An instance of a wasm module with its engines, wherever it runs, as the page sees it. Once it has ended, for
 * whatever reason, it stays so: start another.
 */
export abstract class Runtime {
  readonly #pending = new Map<number, Pending>();
  readonly #engines = new Set<number>();
  #lastId = 0;
  #reason: MaskRcnnError | undefined;

  /** Whether it runs in a worker, and not on this thread. */
  abstract readonly isElsewhere: boolean;

  /** Why it has ended; `undefined` while it runs. */
  get reason(): MaskRcnnError | undefined {
    return this.#reason;
  }

  /** Makes room for one more engine, and gives its number. */
  join(): number {
    const engine = ++this.#lastId;
    this.#engines.add(engine);
    return engine;
  }

  /** Drops an engine, whose calls are rejected with `reason`; without any engine left the runtime ends. */
  leave(engine: number, reason: MaskRcnnError): void {
    if (!this.#engines.delete(engine)) return;
    if (this.#engines.size === 0) {
      this.end(reason);
      return;
    }
    this.#rejectAll(reason, (call) => call.engine === engine);
    this.call({ engine, method: 'drop' }).catch(() => {});
  }

  /** Calls a method, handing over (and so emptying) the buffers in `transfer`. */
  call(request: Request, transfer: Transferable[] = [], onCompiled?: OnCompiled): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#reason) return reject(this.#reason);
      const id = ++this.#lastId;
      this.#pending.set(id, { engine: request.engine, onCompiled, resolve, reject });
      try {
        this.send(id, request, transfer);
      } catch (error) {
        this.#pending.delete(id);
        reject(error);
      }
    });
  }

  /** Stops at once; calls that wait are rejected with `reason`. */
  end(reason: MaskRcnnError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.stop();
    this.#rejectAll(reason, () => true);
  }

  protected abstract send(id: number, request: Request, transfer: Transferable[]): void;

  protected abstract stop(): void;

  protected receive(reply: Reply): void {
    if ('fatal' in reply) {
      this.end(errorFrom(reply.fatal));
      return;
    }
    const pending = this.#pending.get(reply.id);
    if ('compiled' in reply) {
      pending?.onCompiled?.(reply.compiled, reply.total);
      return;
    }
    this.#pending.delete(reply.id);
    if ('value' in reply) {
      pending?.resolve(reply.value);
      return;
    }
    const error = errorFrom(reply.error);
    pending?.reject(error);
    if (FATAL.includes(error.code)) this.end(error);
  }

  #rejectAll(reason: MaskRcnnError, which: (call: Pending) => boolean) {
    for (const [id, call] of this.#pending) {
      if (!which(call)) continue;
      this.#pending.delete(id);
      call.reject(reason);
    }
  }
}
