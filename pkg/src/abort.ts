import { aborted } from './errors.js';

/** @throws `aborted` when the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal.reason);
}

/**
 * A promise's outcome, or an `aborted` as soon as the signal fires: for waits that cannot be interrupted, such
 * as that for a GPU adapter. The work behind the promise continues.
 *
 * @param onAbort called first when the signal fires
 */
export function unlessAborted<Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
  onAbort = () => {},
): Promise<Result> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => {
      onAbort();
      reject(aborted(signal.reason));
    };
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
