import type { Backend } from './engine.js';
import { type ErrorCode, errorFrom, InternalError, InvalidInputError, type MaskRcnnError } from './errors.js';
import type { Calls, Reply, Request } from './worker.js';

// After these nothing in the wasm instance can be relied on, and its memory, once grown, never shrinks.
const FATAL: readonly ErrorCode[] = ['device-lost', 'out-of-memory', 'internal'];

interface Pending {
  resolve(value: unknown): void;
  reject(error: MaskRcnnError): void;
}

/** An engine in a worker of its own. Once it has ended, for whatever reason, it stays so: start another. */
export class RemoteEngine {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #reason: MaskRcnnError | undefined;

  constructor(backend: Backend) {
    this.#worker = createWorker(backend);
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#receive(data);
    // What fails inside of a running worker comes as a message; this is a worker that cannot start.
    this.#worker.onerror = ({ message }) => {
      this.end(new InternalError(`the worker cannot be started: ${message ?? 'its script did not load'}`));
    };
  }

  /** Whether the worker is gone. */
  get ended(): boolean {
    return this.#reason !== undefined;
  }

  /** Calls a method in the worker, handing over (and so emptying) the buffers in `transfer`. */
  call<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['arguments'],
    transfer: Transferable[] = [],
  ): Promise<Calls[Method]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#reason) return reject(this.#reason);
      const id = ++this.#lastId;
      try {
        this.#worker.postMessage({ id, method, ...args } as Request, transfer);
      } catch (cause) {
        return reject(new InvalidInputError('the picture comes from another origin, without CORS', { cause }));
      }
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject });
    });
  }

  /** Stops the worker at once; calls that wait for it are rejected with `reason`. */
  end(reason: MaskRcnnError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #receive(reply: Reply) {
    if ('fatal' in reply) return this.end(errorFrom(reply.fatal));
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('value' in reply) return pending?.resolve(reply.value);
    const error = errorFrom(reply.error);
    pending?.reject(error);
    if (FATAL.includes(error.code)) this.end(error);
  }
}

// Written out in full, because this is the form in which bundlers find a worker's script.
function createWorker(backend: Backend): Worker {
  return backend === 'webgpu'
    ? new Worker(new URL('./worker-webgpu.js', import.meta.url), { type: 'module', name: 'maskrcnn-webgpu' })
    : new Worker(new URL('./worker-cpu.js', import.meta.url), { type: 'module', name: 'maskrcnn-cpu' });
}
