import { throwIfAborted, unlessAborted } from '../abort.js';
import { aborted, disposed, hasCode, MaskRcnnError } from '../errors.js';
import { isGpuPixels } from '../image/gpu-image.js';
import type { EngineImage } from '../image/pixels.js';
import { type ImageSource, QueuedImage, wholeImage } from '../image/source.js';
import type { Progress } from '../model/model.js';
import { type BackendChoice, chooseBackend } from './backend.js';
import type { Backend, EngineInfo } from './engine.js';
import { EnginePool } from './engine-pool.js';
import { GPU_WAIT_MS } from './gpu-wait.js';
import type { Calls } from './host.js';
import { RemoteEngine, type WorkerChoice } from './remote.js';
import type { WasmSources } from './wasm.js';
import { type WorkerCount, workersFor } from './worker-count.js';

/** What engines are started with. */
export interface EngineSetup {
  model: Blob;
  backend: BackendChoice;
  worker: WorkerChoice;
  /** The application's own, in place of one that the engine opens. */
  device: GPUDevice | undefined;
  /** How many engines share the tiles of an image, on the CPU. */
  workers: WorkerCount;
  wasm: WasmSources;
  /** {@link EngineOptions} as JSON. */
  options: string;
}

/** Calls a method of an engine, which is replaced where it fails or is busy when the signal fires. */
export interface Caller {
  call<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['arguments'],
    transfer: Transferable[],
    signal: AbortSignal | undefined,
  ): Promise<Calls[Method]['result']>;
}

/** Work for an engine with one image, which goes along in `transfer`. */
export type Job<Result> = (engine: Caller, image: EngineImage, transfer: Transferable[]) => Promise<Result>;

/**
 * Keeps an engine running and gives it one image after the other. It starts another engine after a failure, and gives
 * up one that is busy with an image whose result is no longer awaited.
 */
export class Supervisor {
  readonly #setup: EngineSetup;
  #engine: RemoteEngine | undefined;
  /** On its way to take the engine's place. */
  #spare: RemoteEngine | undefined;
  #info: EngineInfo | undefined;
  /** Settles when all tasks that were queued have ended. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Settles when a task that may overlap may begin. */
  #opening: Promise<unknown> = Promise.resolve();
  #starting: Promise<RemoteEngine> | undefined;
  #disposed = false;
  readonly #pool = new EnginePool(() => this.#openAssistant());

  constructor(setup: EngineSetup) {
    this.#setup = setup;
  }

  /** What the page knows about the network that is loaded. */
  get info(): EngineInfo {
    if (!this.#info) throw new MaskRcnnError('internal', 'no model was loaded');
    return this.#info;
  }

  /** The application's device, where the engines run on that. */
  get device(): GPUDevice | undefined {
    return this.#setup.device;
  }

  /** Starts the first engine, or another. */
  async start(signal?: AbortSignal, onProgress?: (progress: Progress) => void): Promise<RemoteEngine> {
    const { backend: choice, device } = this.#setup;
    if (device) return this.#open('webgpu', signal, onProgress);
    const backend = await chooseBackend(choice);
    try {
      return await this.#open(backend, signal, onProgress);
    } catch (error) {
      // A browser may have WebGPU for pages and not for workers.
      if (choice !== 'auto' || !hasCode(error, 'webgpu-unavailable')) throw error;
      return this.#open('cpu', signal);
    }
  }

  /** Runs a job behind those that wait already. When the signal fires it is rejected at once, wherever it is. */
  async run<Result>(source: ImageSource, signal: AbortSignal | undefined, job: Job<Result>): Promise<Result> {
    const queued = new QueuedImage(source, {}, { device: this.device });
    const task = async () => {
      await this.ready(signal);
      const image = await wholeImage((await queued.take(signal)).image, signal);
      throwIfAborted(signal);
      return job(this, image, transferOf(image));
    };
    return this.enqueue(signal, task, () => queued.drop());
  }

  /**
   * Runs a task behind those that wait already. When the signal fires it is rejected at once, wherever it is.
   *
   * @param task may call `sent` when all that it needs of this page is with the engine
   * @param drop frees what the task holds; called at its end, and when the signal fires
   * @param overlaps whether it begins as soon as a task before it that overlaps, too, is sent
   */
  enqueue<Result>(
    signal: AbortSignal | undefined,
    task: (sent: () => void) => Promise<Result>,
    drop: () => void,
    { overlaps = false } = {},
  ): Promise<Result> {
    let sent = () => {};
    const isSent = new Promise<void>((resolve) => {
      sent = resolve;
    });
    const result = (overlaps ? this.#opening : this.#queue).then(async () => {
      try {
        if (this.#disposed) throw disposed();
        throwIfAborted(signal);
        return await task(sent);
      } finally {
        drop();
      }
    });
    const ended = result.then(
      () => {},
      () => {},
    );
    this.#queue = Promise.all([this.#queue, ended]).then(() => {});
    this.#opening = overlaps ? Promise.race([isSent, ended]) : this.#queue;
    return unlessAborted(result, signal, drop);
  }

  /** Calls a method of the first engine, for the task whose turn it is; see {@link Caller}. */
  async call<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['arguments'],
    transfer: Transferable[],
    signal: AbortSignal | undefined,
  ): Promise<Calls[Method]['result']> {
    const engine = await this.ready(signal);
    return this.#unlessAborted(engine, engine.call(method, args, transfer), signal);
  }

  /** How many callers may share that many tiles of an image. */
  callersFor(tiles: number): number {
    if (this.info.backend !== 'cpu' || this.#setup.worker === false) return 1;
    return Math.min(tiles, workersFor(this.#setup.workers, this.#setup.model.size));
  }

  /**
   * Has another engine, beside the first one, take part in a task. Where none can be started, or only after the signal
   * has fired, the task continues without it.
   */
  async assist(task: (engine: Caller) => Promise<void>, signal: AbortSignal): Promise<void> {
    const pool = this.#pool;
    const lent = pool.borrow();
    const keep = (late: RemoteEngine) => pool.giveBack(late, { isBusy: false });
    const engine = await unlessAborted(lent, signal, () => lent.then(keep, () => {})).catch(() => undefined);
    if (!engine) return;
    let calls = 0;
    const call: Caller['call'] = (method, args, transfer, signal) => {
      calls++;
      const answer = engine.call(method, args, transfer).finally(() => calls--);
      return unlessAborted(answer, signal);
    };
    try {
      await task({ call });
    } finally {
      pool.giveBack(engine, { isBusy: calls > 0 });
    }
  }

  /** Ends the engines; calls that wait are rejected with `disposed`. */
  dispose(): void {
    this.#disposed = true;
    this.#engine?.end(disposed());
    this.#spare?.end(disposed());
    this.#pool.dispose(disposed());
  }

  /** The first engine; a new one if the last one has ended. */
  async ready(signal: AbortSignal | undefined): Promise<RemoteEngine> {
    if (this.#disposed) throw disposed();
    throwIfAborted(signal);
    if (this.#engine && !this.#engine.ended && !this.#starting) return this.#engine;
    this.#starting ??= this.start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #open(
    backend: Backend,
    signal?: AbortSignal,
    onProgress?: (progress: Progress) => void,
  ): Promise<RemoteEngine> {
    if (this.#disposed) throw disposed();
    throwIfAborted(signal);
    const engine = new RemoteEngine(backend, this.#setup.worker, this.device);
    this.#engine = engine;
    const abort = () => engine.end(aborted(signal?.reason));
    signal?.addEventListener('abort', abort);
    const onCompiled = (loaded: number, total: number) => {
      try {
        onProgress?.({ phase: 'compile', loaded, total });
      } catch (error) {
        engine.end(error as MaskRcnnError);
      }
    };
    try {
      await this.#load(engine, backend, onCompiled);
      return engine;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Another engine with the model, beside the first one. */
  async #openAssistant(): Promise<RemoteEngine> {
    const engine = new RemoteEngine('cpu', this.#setup.worker);
    await this.#load(engine, 'cpu');
    return engine;
  }

  /** Has an engine load the model; ends it where that fails. */
  async #load(engine: RemoteEngine, backend: Backend, onCompiled?: (done: number, total: number) => void) {
    const { model, options, backend: choice, wasm, device } = this.#setup;
    const gpuWait = GPU_WAIT_MS[choice === 'auto' ? 'auto' : 'webgpu'];
    try {
      const request = { backend, model, options, wasm: await wasm.for(backend), gpuWait, device };
      this.#info = await engine.call('load', request, [], onCompiled);
    } catch (error) {
      engine.end(error as MaskRcnnError);
      throw error;
    }
  }

  /** An engine's answer; where that is aborted, it sees to it that the next call need not wait for it. */
  async #unlessAborted<Result>(
    engine: RemoteEngine,
    answer: Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const isReplaceable = this.info.backend === 'cpu' && this.#setup.worker !== false;
    if (!signal || !isReplaceable) return answer;
    try {
      return await unlessAborted(answer, signal);
    } catch (error) {
      if (signal.aborted)
        await this.#replace(
          engine,
          answer.catch(() => {}),
        );
      throw error;
    }
  }

  /**
   * Puts another engine in the place of one that is busy. Until a worker can do it, which needs its script and the wasm
   * module, the busy one is kept: it may be done first, and on a page that is offline it is the only one.
   *
   * @param answer settles when the engine is no longer busy
   */
  async #replace(engine: RemoteEngine, answer: Promise<unknown>): Promise<void> {
    if (engine.ended) return;
    const open = async () => {
      this.#spare = new RemoteEngine('cpu', this.#setup.worker);
      await this.#spare.call('open', { backend: 'cpu', wasm: await this.#setup.wasm.for('cpu') });
      return this.#spare;
    };
    const done = answer.then(() => undefined);
    const spare = await Promise.race([open().catch(() => done), done]);
    if (spare && !this.#disposed) {
      engine.end(aborted());
      this.#engine = spare;
      // Where it fails, the next call starts another.
      await this.#load(spare, 'cpu').catch(() => {});
    } else {
      this.#spare?.end(disposed());
    }
    this.#spare = undefined;
  }
}

/** What may be handed over of an image. */
export function transferOf(image: EngineImage): Transferable[] {
  if (isGpuPixels(image)) return [];
  return ['data' in image ? image.data.buffer : image];
}
