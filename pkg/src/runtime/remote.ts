import { MaskRcnnError } from '../errors.js';
import { adoptCanvas, type CanvasKey } from './canvas-owner.js';
import type { Backend } from './engine.js';
import type { Calls, OnCompiled, Request } from './host.js';
import { PageRuntime } from './page-runtime.js';
import type { Runtime } from './runtime.js';
import { type WorkerFactory, WorkerRuntime } from './worker-runtime.js';

/** Where engines run: in a worker, in one that the caller starts, or on the page's own thread (`false`). */
export type WorkerChoice = boolean | WorkerFactory;

// By place, the instances that run on WebGPU.
const gpuRuntimes = new Map<WorkerChoice, Runtime>();
// By the application's device that they run on.
const lentRuntimes = new WeakMap<GPUDevice, Runtime>();

/**
 * Finds a place for an engine. All engines on WebGPU share an instance and so its device, which is what lets several
 * models fit on one GPU; on the CPU each has an instance of its own, so that they run side by side.
 */
function runtimeFor(backend: Backend, choice: WorkerChoice, device: GPUDevice | undefined): Runtime {
  const shared = backend === 'webgpu' ? (device ? lentRuntimes.get(device) : gpuRuntimes.get(choice)) : undefined;
  if (shared && !shared.reason) return shared;
  const factory = typeof choice === 'function' ? choice : undefined;
  if (!('addEventListener' in globalThis)) {
    throw new MaskRcnnError(
      'environment',
      'models run in browsers only: on a server leave loading to the page, such as to an effect',
    );
  }
  // A shared worker cannot start workers in every browser, and is none of the page's threads anyway.
  const isHere = choice === false || (choice === true && !('Worker' in globalThis));
  const runtime = isHere ? new PageRuntime(backend) : new WorkerRuntime(backend, factory);
  if (device) lentRuntimes.set(device, runtime);
  else if (backend === 'webgpu') gpuRuntimes.set(choice, runtime);
  return runtime;
}

/** An engine, wherever it runs. Once it has ended, for whatever reason, it stays so: start another. */
export class RemoteEngine {
  readonly #runtime: Runtime;
  readonly #number: number;
  #left = false;

  /** @param device the application's, for an engine on the page's own thread */
  constructor(backend: Backend, choice: WorkerChoice, device?: GPUDevice) {
    this.#runtime = runtimeFor(backend, choice, device);
    this.#number = this.#runtime.join();
  }

  /** Whether it is gone. */
  get ended(): boolean {
    return this.#left || this.#runtime.reason !== undefined;
  }

  /** Calls a method, handing over (and so emptying) the buffers in `transfer`. */
  async call<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['arguments'],
    transfer: Transferable[] = [],
    onCompiled?: OnCompiled,
  ): Promise<Calls[Method]['result']> {
    const request = { engine: this.#number, method, ...args } as Request;
    return (await this.#runtime.call(request, transfer, onCompiled)) as Calls[Method]['result'];
  }

  /** Has the engine's thread draw on a canvas; see {@link adoptCanvas}. */
  adopt(canvas: HTMLCanvasElement | OffscreenCanvas): Promise<CanvasKey> {
    return adoptCanvas(canvas, this.#runtime, this.#number);
  }

  /** Gives the engine up at once; calls that wait for it are rejected with `reason`. */
  end(reason: MaskRcnnError): void {
    this.#left = true;
    this.#runtime.leave(this.#number, reason);
  }
}
