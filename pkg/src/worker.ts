import type {
  Backend,
  Engine,
  EngineCallOptions,
  EngineOptions,
  EngineResult,
  Glue,
  Stage,
  StageTime,
} from './engine.js';
import type { ErrorCode, PlainError } from './errors.js';
import { type Picture, readPixels } from './pixels.js';

/** What the page may ask of the worker: a method's arguments and its result. */
export interface Calls {
  load: { arguments: { model: Blob; options: EngineOptions }; result: EngineInfo };
  segment: { arguments: { picture: Picture; options: EngineCallOptions }; result: EngineResult };
  inspect: { arguments: { picture: Picture }; result: Stage[] };
  profile: { arguments: { picture: Picture }; result: StageTime[] };
}

/** What the page learns about a loaded network. */
export interface EngineInfo {
  backend: Backend;
  numClasses: number;
  hasMasks: boolean;
  preset: string;
}

/** A call on its way to the worker. */
export type Request = {
  [Method in keyof Calls]: { id: number; method: Method } & Calls[Method]['arguments'];
}[keyof Calls];

/** The worker's word on one call, or, with `fatal`, on its own end. */
export type Reply = { id: number; value: unknown } | { id: number; error: PlainError } | { fatal: PlainError };

const post = (reply: Reply, transfer: Transferable[] = []) => self.postMessage(reply, { transfer });

/** Tells the page that this worker is at its end, and why. Only the first reason counts. */
export type Fail = (code: ErrorCode, message: string) => void;

/**
 * Answers the page's calls with the engine of one wasm module, which is fetched with the first call.
 *
 * After a panic the promises of a wasm instance never settle, so its end is told apart from the calls' answers,
 * and the page throws this worker away.
 */
export function serve(glue: Glue, wasm: URL): Fail {
  let engine: Engine | undefined;
  let panicked = false;
  let failed = false;

  const fail: Fail = (code, message) => {
    if (failed) return;
    failed = true;
    post({ fatal: { code, message } });
  };

  function onPanic(message: string) {
    panicked = true;
    // The GPU's loss, should it be the cause, may become known only now, and is then the reason to give.
    setTimeout(() => failBy(message, isAboutMemory(message)), 100);
  }

  function onError(error: unknown) {
    if (panicked) return;
    // Every panic announces itself; a trap out of silence is how Rust ends when an allocation fails.
    const silentTrap = error instanceof WebAssembly.RuntimeError && error.message.includes('unreachable');
    failBy(String(error), silentTrap || isAboutMemory(String(error)));
  }

  function failBy(message: string, isMemory: boolean) {
    if (isMemory) fail('out-of-memory', `picture, model and result need more memory than there is (${message})`);
    else fail('internal', message);
  }

  function loaded(): Engine {
    if (!engine) throw new Error('no model is loaded');
    return engine;
  }

  async function answer(request: Request): Promise<unknown> {
    if (request.method === 'load') {
      await glue.default({ module_or_path: wasm });
      glue.onPanic(onPanic);
      engine = await glue.Engine.load(new Uint8Array(await request.model.arrayBuffer()), request.options);
      const { backend, numClasses, hasMasks, preset } = engine;
      return { backend, numClasses, hasMasks, preset } satisfies EngineInfo;
    }
    const { data, width, height } = readPixels(request.picture);
    if (request.method === 'segment') return loaded().segment(data, width, height, request.options);
    return loaded()[request.method](data, width, height);
  }

  self.addEventListener('error', (event) => {
    // Kept from the page's own handler, which is for workers that cannot even start.
    event.preventDefault();
    onError(event.error);
  });
  self.addEventListener('unhandledrejection', (event) => onError(event.reason));
  self.addEventListener('message', async ({ data: request }: MessageEvent<Request>) => {
    try {
      const value = await answer(request);
      post({ id: request.id, value }, buffersOf(value));
    } catch (error) {
      if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
        post({ id: request.id, error: { code: error.code as ErrorCode, message: error.message } });
      } else {
        onError(error);
      }
    }
  });
  return fail;
}

function isAboutMemory(message: string): boolean {
  return /out of memory|memory allocation|capacity overflow|allocation failed/i.test(message);
}

/** The buffers of the typed arrays in a result or a list of results, to be handed over without a copy. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const arrays = [value].flat().flatMap((item) => Object.values(item as object).filter(ArrayBuffer.isView));
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
