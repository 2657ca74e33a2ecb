import type { Drawing } from '../draw/drawing.js';
import { type ErrorCode, MaskRcnnError, type PlainError } from '../errors.js';
import { isGpuPixels, readGpuPixels } from '../image/gpu-image.js';
import { type EngineImage, type Pixels, readPixels, sizeOfImage } from '../image/pixels.js';
import type { CanvasKey } from './canvas-owner.js';
import { CanvasTable } from './canvas-table.js';
import type {
  Backend,
  Engine,
  EngineDrawing,
  EngineInfo,
  EngineResult,
  Folder,
  Glue,
  ImageTransfers,
  StageTime,
} from './engine.js';
import { type Drawn, GpuCanvas, INSTEAD } from './gpu-canvas.js';
import { type CopyTarget, ImageCopier } from './image-copy.js';
import { lendDevice } from './lend-device.js';
import { turn } from './turn.js';
import { Turns } from './turns.js';
import { type SendableWasm, startModule } from './wasm.js';
import { watchDevice } from './watch-device.js';

/** What may be asked of an engine: a method's arguments and its result. */
export interface Calls {
  open: { arguments: { backend: Backend; wasm: SendableWasm | undefined }; result: undefined };
  load: { arguments: LoadArguments; result: EngineInfo };
  segment: { arguments: SegmentArguments; result: EngineResult };
  /** Gets a canvas ready to be drawn on. */
  canvas: { arguments: { canvas: CanvasKey; surface: HTMLCanvasElement | OffscreenCanvas }; result: undefined };
  dropCanvas: { arguments: { canvas: number }; result: undefined };
  /** Draws on a canvas what is found in an image; answered when the GPU has done it. */
  draw: { arguments: DrawArguments; result: EngineDrawing };
  /** The result is JSON. */
  tone: { arguments: SegmentArguments; result: string };
  profile: { arguments: SegmentArguments; result: StageTime[] };
  /** Since the engine was loaded. */
  transfers: { arguments: object; result: ImageTransfers };
  drop: { arguments: object; result: undefined };
  /** Its options are {@link FolderOptions} as JSON. */
  convert: { arguments: { model: Blob; options: string; wasm: SendableWasm | undefined }; result: Folder };
}

interface LoadArguments {
  backend: Backend;
  model: Blob;
  /** {@link EngineOptions} as JSON. */
  options: string;
  /** Where the wasm module is, unless beside its script. */
  wasm: SendableWasm | undefined;
  /** Milliseconds that each request for a GPU adapter or device may take. */
  gpuWait: number;
  /** An application's own, on the page's thread. */
  device?: GPUDevice | undefined;
}

interface SegmentArguments {
  image: EngineImage;
  /** {@link EngineCallOptions} as JSON. */
  options: string;
}

interface DrawArguments {
  image: ImageBitmap | VideoFrame;
  /** {@link EngineCallOptions} as JSON. */
  options: string;
  canvas: CanvasKey;
  drawing: Drawing;
}

/** A call on its way to the engine with that number; the caller chooses the number with `load`. */
export type Request = {
  [Method in keyof Calls]: { engine: number; method: Method } & Calls[Method]['arguments'];
}[keyof Calls];

/** An engine, with what is known of it without a call, as it may have failed. */
interface LoadedEngine {
  engine: Engine;
  backend: Backend;
  transfers: ImageTransfers;
}

/** A wasm module: its JavaScript half and where its other half is, unless the caller names another place. */
export interface Module {
  glue: Glue;
  wasm: () => URL;
}

/** Is told how many of how many steps of compiling a network's kernels are done. */
export type OnCompiled = (done: number, total: number) => void;

/** Tells the page that this host is at its end, and why. */
export type Fail = (error: PlainError) => void;

/**
 * Answers calls with the engines of one instance of a wasm module, which is fetched with the first call.
 *
 * Engines of an instance share one device. Calls are answered one after the other, as an engine that still works must not
 * be dropped, but for images on WebGPU: while the GPU works on one, the next is given to it.
 *
 * After a panic the promises of a wasm instance never settle, so its end is told apart from the calls' answers,
 * and the page gives this host up.
 */
export class Host {
  readonly #modules: (backend: Backend) => Module;
  readonly #fail: Fail;
  readonly #engines = new Map<number, LoadedEngine>();
  readonly #canvases = new CanvasTable();
  readonly #copier = new ImageCopier();
  readonly #unwanted = new Set<number>();
  readonly #started = new Set<Glue>();
  readonly #turns = new Turns();
  /** Whether an engine was loaded, and so the device is open. */
  #isOpen = false;
  /** The application's device, where that is the one which is open. */
  #lent: GPUDevice | undefined;
  #panicked = false;
  #failed = false;
  #ended = false;

  /** @param fail called once, with the first reason */
  constructor(modules: (backend: Backend) => Module, fail: Fail) {
    this.#modules = modules;
    this.#fail = (error) => {
      if (this.#failed) return;
      this.#failed = true;
      fail(error);
    };
  }

  /**
   * Answers a call. Rejects with an error that has a `code`; stays without an answer where this host fails.
   *
   * @param onCompiled for `load`, on WebGPU
   */
  answer(request: Request, onCompiled: OnCompiled): Promise<unknown> {
    // Whether or not it is loaded yet: compiling takes seconds, and others wait for their turn.
    if (request.method === 'drop') this.#unwanted.add(request.engine);
    const isOfImage = request.method === 'segment' || request.method === 'draw';
    const mayOverlap = () => isOfImage && this.#engines.get(request.engine)?.backend === 'webgpu';
    return this.#turns.run(mayOverlap, () => this.#run(request, onCompiled).catch((error) => this.#sort(error)));
  }

  /** Releases a model that is being loaded, as soon as its step is done; answers are no longer awaited. */
  end(): void {
    this.#ended = true;
    this.#copier.end();
  }

  /** Takes note of an error that nobody caught. */
  onError(error: unknown): void {
    if (this.#panicked) return;
    // Every panic announces itself; a trap out of silence is how Rust ends when an allocation fails.
    const silentTrap = error instanceof WebAssembly.RuntimeError && error.message.includes('unreachable');
    this.#failBy(String(error), silentTrap || isAboutMemory(String(error)));
  }

  async #run(request: Request, onCompiled: OnCompiled): Promise<unknown> {
    switch (request.method) {
      case 'open':
        await this.#open(request.backend, request.wasm);
        return undefined;
      case 'load':
        return this.#load(request, onCompiled);
      case 'drop':
        this.#engines.get(request.engine)?.engine.free();
        this.#engines.delete(request.engine);
        this.#unwanted.delete(request.engine);
        return undefined;
      case 'dropCanvas':
        this.#canvases.drop(request.canvas);
        return undefined;
      case 'convert':
        return (await this.#open('cpu', request.wasm)).convert?.(await bytesOf(request.model), request.options);
    }
    const loaded = this.#engines.get(request.engine);
    if (!loaded) throw new Error('no model is loaded');
    const { engine, transfers } = loaded;
    if (request.method === 'transfers') return transfers;
    if (request.method === 'canvas') {
      this.#canvases.set(request.canvas, await GpuCanvas.open(request.surface, this.#deviceOf(engine)));
      return undefined;
    }
    if (request.method === 'draw') {
      const drawing = await this.#draw(engine, request);
      transfers.copied++;
      return drawing;
    }
    if (request.method === 'segment' && !('data' in request.image)) {
      const copied = await this.#segmentCopied(engine, request.image, request.options);
      transfers.copied += copied ? 1 : 0;
      if (copied) return copied;
    }
    transfers['data' in request.image ? 'given' : 'read']++;
    const { data, ...form } = await pixelsOf(request.image);
    const image = JSON.stringify(form);
    if (request.method === 'profile') return engine.profile(data, image, request.options);
    if (request.method === 'tone') return engine.tone(data, image, request.options);
    return engine.segment(data, image, request.options);
  }

  /** Has the GPU copy an image, which is closed then; `undefined` where its pixels must be read. */
  async #segmentCopied(
    engine: Engine,
    image: Exclude<EngineImage, Pixels>,
    options: string,
  ): Promise<EngineResult | undefined> {
    const { copy, size, copied } = this.#copying(image);
    try {
      const result = await engine.segmentCopied?.(copy, JSON.stringify(size), options);
      await copied();
      return result;
    } catch (error) {
      image.close();
      throw error;
    }
  }

  /** What copies an image, which is closed then, and what tells whether the GPU did. */
  #copying(image: Exclude<EngineImage, Pixels>) {
    let copied: Promise<void> | undefined;
    const copy = (target: CopyTarget) => {
      try {
        copied = this.#copier.copy(image, target);
        copied.catch(() => {});
      } finally {
        image.close();
      }
    };
    return { copy, size: sizeOfImage(image), copied: async () => copied };
  }

  /** Has the GPU copy an image, which is closed, and draw it with what the network finds in it. */
  async #draw(engine: Engine, { image, options, canvas, drawing }: DrawArguments): Promise<EngineDrawing> {
    const target = this.#canvases.get(canvas);
    const started = performance.now();
    const { copy, size, copied } = this.#copying(image);
    let drawn: Promise<void> | undefined;
    const draw = (found: Drawn) => {
      drawn = target?.draw(found, drawing);
      drawn?.catch(() => {});
    };
    try {
      const answer = await engine.drawCopied?.(copy, draw, JSON.stringify(size), options);
      await copied();
      await drawn;
      if (!answer) {
        throw new MaskRcnnError(
          'invalid-input',
          `a frame of ${size.width}×${size.height} pixels is too large to be drawn on the GPU: ${INSTEAD}`,
        );
      }
      return { ...answer, milliseconds: performance.now() - started };
    } finally {
      image.close();
    }
  }

  #deviceOf(engine: Engine): GPUDevice {
    const device = this.#lent ?? engine.device;
    if (device) return device;
    throw new MaskRcnnError('webgpu-unavailable', `only the GPU draws on a canvas: ${INSTEAD}`);
  }

  async #load(request: Extract<Request, { method: 'load' }>, onCompiled: OnCompiled): Promise<EngineInfo> {
    const glue = await this.#open(request.backend, request.wasm);
    const compiling = async (done: number, total: number) => {
      onCompiled(done, total);
      await turn();
      return !this.#ended && !this.#unwanted.has(request.engine);
    };
    const onLost = (message: string) => this.#fail({ code: 'device-lost', message: message || 'the GPU went away' });
    const stopWatching =
      request.backend === 'webgpu'
        ? watchDevice({
            onLost,
            wait: request.gpuWait,
          })
        : () => {};
    const bytes = await bytesOf(request.model);
    const open = () => glue.Engine.load(bytes, request.options, compiling);
    const { device } = request;
    try {
      const engine = await (device && !this.#isOpen ? lendDevice({ device, onLost }, open) : open());
      if (!this.#isOpen) this.#lent = device;
      this.#isOpen = true;
      const { backend, dtype, gpuKernels, numClasses, hasMasks, architecture, settings } = engine;
      this.#engines.set(request.engine, { engine, backend, transfers: { copied: 0, read: 0, given: 0 } });
      return { backend, dtype, gpuKernels, numClasses, hasMasks, architecture, settings: JSON.parse(settings) };
    } finally {
      stopWatching();
    }
  }

  /** Starts a module, unless it runs already. */
  async #open(backend: Backend, given: SendableWasm | undefined): Promise<Glue> {
    const { glue, wasm } = this.#modules(backend);
    if (this.#started.has(glue)) return glue;
    await startModule(glue.default, given, wasm);
    this.#started.add(glue);
    glue.onPanic((message) => this.#onPanic(message));
    return glue;
  }

  /** Lets errors with a code pass; any other is the end. */
  #sort(error: unknown): Promise<never> {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return Promise.reject(error);
    this.onError(error);
    return new Promise(() => {});
  }

  #onPanic(message: string) {
    this.#panicked = true;
    // The GPU's loss, should it be the cause, may become known only now, and is then the reason to give.
    setTimeout(() => this.#failBy(message, isAboutMemory(message)), 100);
  }

  #failBy(message: string, isMemory: boolean) {
    const code: ErrorCode = isMemory ? 'out-of-memory' : 'internal';
    const explained = `image, model and result need more memory than there is (${message})`;
    this.#fail({ code, message: isMemory ? explained : message });
  }
}

/** An image's pixels; its bitmap or its buffer on the GPU is closed. */
async function pixelsOf(image: EngineImage): Promise<Pixels> {
  if (!isGpuPixels(image)) return readPixels(image);
  const { width, height } = image;
  return { width, height, data: await readGpuPixels(image) };
}

async function bytesOf(model: Blob): Promise<Uint8Array> {
  return new Uint8Array(await model.arrayBuffer());
}

function isAboutMemory(message: string): boolean {
  return /out of memory|memory allocation|capacity overflow|allocation failed/i.test(message);
}
