import { throwIfAborted, unlessAborted } from '../abort.js';
import type { ErrorCode } from '../errors.js';
import type { Caller, Supervisor } from './supervisor.js';

/** Errors that another engine may not have: those of the engine, not of the image. */
export const ENGINE_ERRORS: readonly ErrorCode[] = ['device-lost', 'out-of-memory', 'environment', 'internal'];

/** How often engines may fail at an image or a tile before their error is that of the call. */
export const MAX_FAILURES = 1;

/** What works on an image: an engine, perhaps with others that help with its tiles. */
export interface Engines extends Pick<Supervisor, 'info' | 'device' | 'call' | 'callersFor' | 'assist' | 'enqueue'> {
  /** Resolves when an engine is there. */
  ready(signal: AbortSignal | undefined): Promise<unknown>;
}

/** A single engine that works on one image after the other, beside the others of a supervisor. */
export function singleEngine({ info }: Pick<Supervisor, 'info'>, { call }: Caller): Engines {
  return {
    info,
    device: undefined,
    call,
    callersFor: () => 1,
    assist: async () => {},
    // Whoever lends it does so when it is ready, and for one image at a time.
    ready: async (signal) => throwIfAborted(signal),
    enqueue: (signal, task, drop) => unlessAborted(task(() => {}).finally(drop), signal, drop),
  };
}
