import { errorFrom, MaskRcnnError, type PlainError } from '../errors.js';
import type { ObjectsGlue } from './objects-glue.js';
import type { WasmSources } from './wasm.js';

/**
 * The small wasm module for objects that were found: tiles, measures, exports. It runs on the thread that asks for it, and
 * is fetched when that happens first, so that pages that only find and draw objects never load it.
 */
let started: Promise<ObjectsGlue> | undefined;
let sources: WasmSources | undefined;

/** Says where the module is, for set-ups that do not find it beside the package's script. */
export function objectsModuleFrom(given: WasmSources): void {
  if (given.hasObjects) sources = given;
}

/**
 * Starts the module, or gives the one that runs.
 *
 * @throws `environment` where it cannot be fetched or started; the next call tries again
 */
export function objectsModule(): Promise<ObjectsGlue> {
  const starting = started ?? start();
  started = starting;
  starting.catch(() => forget(starting));
  return starting;
}

/**
 * What a function of the module returns. After a panic the instance is given up, and the next call starts another.
 *
 * @throws the module's own errors with their codes; `internal` for a panic, `out-of-memory` where memory ran out
 */
export function fromModule<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) throw errorFrom(cause as Error & PlainError);
    started = undefined;
    const isMemory = cause instanceof RangeError || /memory/i.test(String(cause));
    throw new MaskRcnnError(isMemory ? 'out-of-memory' : 'internal', `the module for objects failed: ${cause}`, {
      cause,
    });
  }
}

async function start(): Promise<ObjectsGlue> {
  const [{ openObjectsModule }, given] = await Promise.all([import('./objects-glue.js'), sources?.forObjects()]);
  return openObjectsModule(given);
}

function forget(failed: Promise<ObjectsGlue>): void {
  if (started === failed) started = undefined;
}
