import { throwIfAborted } from '../abort.js';
import { hasCode } from '../errors.js';
import type { EngineResult } from '../runtime/engine.js';
import { ENGINE_ERRORS, type Engines, MAX_FAILURES } from '../runtime/engines.js';
import { type Caller, transferOf } from '../runtime/supervisor.js';
import type { Job, TileQueue } from './tile-queue.js';

/** How the tiles of an image are worked on. */
export interface TileRun<Tile extends Job> {
  queue: TileQueue<Tile>;
  /** How many tiles there are to begin with. */
  count: number;
  /** {@link EngineCallOptions} as JSON. */
  options: string;
  /** Takes a tile's objects, and gives tiles that are to take its place. */
  onResult: (job: Tile, found: EngineResult) => Tile[];
  signal: AbortSignal | undefined;
}

/**
 * What an engine makes of a part of an image; it is asked for once more where the engine fails, which the supervisor then
 * replaces.
 */
export async function twice<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, ...ENGINE_ERRORS)) throw error;
    return work();
  }
}

/**
 * Has all tiles of a queue worked on, by as many engines as the supervisor lends. A tile whose engine fails gets one more
 * try on another one. Resolves when all are finished.
 *
 * @throws the first error of an image or of a tile that failed twice, and `aborted`; the others stop then
 */
export async function runTiles<Tile extends Job>(
  engines: Pick<Engines, 'call' | 'assist' | 'callersFor'>,
  run: TileRun<Tile>,
): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const abort = () => stop.abort(run.signal?.reason);
  if (run.signal?.aborted) abort();
  run.signal?.addEventListener('abort', abort, { once: true });
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    stop.abort(error);
    run.queue.end();
  };
  const assist = (engine: Caller) => workOff(engine, { ...run, signal }, false);
  const assistants = Array.from({ length: engines.callersFor(run.count) - 1 }, () =>
    engines.assist(assist, signal).catch(fail),
  );
  try {
    await workOff(engines, { ...run, signal }, true).catch(fail);
  } finally {
    run.signal?.removeEventListener('abort', abort);
    // Assistants that are still starting come too late.
    stop.abort();
    run.queue.end();
    await Promise.all(assistants);
  }
  throwIfAborted(run.signal);
  if (failure) throw failure.error;
}

/**
 * Works on one tile after the other until all are finished.
 *
 * @param goesOn whether the engine is replaced where it fails; else the others do what is left
 */
async function workOff<Tile extends Job>(engine: Caller, run: TileRun<Tile>, goesOn: boolean): Promise<void> {
  const { queue, options, onResult, signal } = run;
  for (let tile = await queue.take(); tile; tile = await queue.take()) {
    const { job, image } = tile;
    throwIfAborted(signal);
    let found: EngineResult;
    try {
      found = await engine.call('segment', { image, options }, transferOf(image), signal);
    } catch (error) {
      if (!hasCode(error, ...ENGINE_ERRORS) || job.failures >= MAX_FAILURES) throw error;
      queue.finish([{ ...job, failures: job.failures + 1 }]);
      if (goesOn) continue;
      return;
    }
    queue.finish(onResult(job, found));
  }
}
