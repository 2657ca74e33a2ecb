import type { Backend } from './engine.js';
import { InternalError, InvalidInputError } from './errors.js';
import type { Request } from './host.js';
import { Runtime } from './runtime.js';
import type { Reply } from './serve.js';

/** Starts a worker with the script `maskrcnn-web/worker` for that backend. */
export type WorkerFactory = (backend: Backend) => Worker;

/** A runtime in a worker of its own. */
export class WorkerRuntime extends Runtime {
  readonly #worker: Worker;

  constructor(backend: Backend, start: WorkerFactory = startWorker) {
    super();
    this.#worker = start(backend);
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => this.receive(data);
    // What fails inside of a running worker comes as a message; this is a worker that cannot start.
    this.#worker.onerror = ({ message }) => {
      this.end(
        new InternalError(
          `the worker cannot be started: ${message ?? 'its script did not load; see “Serving it” in the README'}`,
        ),
      );
    };
  }

  protected override send(id: number, request: Request, transfer: Transferable[]): void {
    try {
      this.#worker.postMessage({ id, request }, transfer);
    } catch (cause) {
      throw new InvalidInputError('the picture comes from another origin, without CORS', { cause });
    }
  }

  protected override stop(): void {
    this.#worker.terminate();
  }
}

// Written out in full, because this is the form in which bundlers find a worker's script.
function startWorker(backend: Backend): Worker {
  return backend === 'webgpu'
    ? new Worker(new URL('./worker-webgpu.js', import.meta.url), { type: 'module', name: 'maskrcnn-webgpu' })
    : new Worker(new URL('./worker-cpu.js', import.meta.url), { type: 'module', name: 'maskrcnn-cpu' });
}
