import type { SegmentResult } from './result/result.js';

/**
 * The code of an error: what went wrong, in a word that stays the same between versions. Those of the engine's own errors
 * are the same in Rust.
 */
export type ErrorCode =
  /** WebGPU was asked for, and this browser or machine has none. */
  | 'webgpu-unavailable'
  /** The GPU was lost during the call. The next call opens it again. */
  | 'device-lost'
  /** Image and network did not fit into memory. The next call starts with fresh memory. */
  | 'out-of-memory'
  /** The model's bytes are damaged, or are not a model. */
  | 'weights-integrity'
  /** The model is intact but is another network than the one asked for. */
  | 'weights-incompatible'
  /** An image or an option is not valid. */
  | 'invalid-input'
  /**
   * The page's set-up keeps the engine from starting: its server, bundler or Content Security Policy, or a browser that
   * lacks something. The message says what to change.
   */
  | 'environment'
  /** The model could not be downloaded. */
  | 'network'
  /** The caller's `AbortSignal` fired; `cause` is its `reason`. */
  | 'aborted'
  /** The segmenter was used after `dispose()`. */
  | 'disposed'
  /** The engine failed in a way that it should not; please report it. The next call starts a new engine. */
  | 'internal';

/** Every error that this package throws. Tell them apart by `code`. */
export class MaskRcnnError extends Error {
  /** `'MaskRcnnError'`; `'AbortError'` for the code `aborted`, so that code written for `fetch` recognises it. */
  override name = 'MaskRcnnError';

  /** With the code `aborted`, for an image that is cut into tiles: what the tiles that were finished have. */
  partial?: SegmentResult;

  /** Made by the package. */
  constructor(
    /** What went wrong, as a code that stays the same between versions. */
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    if (code === 'aborted') this.name = 'AbortError';
  }
}

/** The error of a call whose signal fired. */
export function aborted(reason?: unknown): MaskRcnnError {
  return new MaskRcnnError('aborted', 'the call was aborted', { cause: reason });
}

/** The error of a call after `dispose()`. */
export function disposed(): MaskRcnnError {
  return new MaskRcnnError('disposed', 'this segmenter was disposed of; load a new one');
}

/** Whether it is an error of this package with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is MaskRcnnError {
  return error instanceof MaskRcnnError && codes.includes(error.code);
}

/** An error as it crosses from the worker to the page. */
export interface PlainError {
  code: ErrorCode;
  message: string;
}

/** The same error, with the name of the file that it is about, where the engine could not know it. */
export function inFile(name: string | undefined, error: unknown): unknown {
  const isAboutFile = hasCode(error, 'weights-integrity', 'weights-incompatible');
  if (!isAboutFile || name === undefined || error.message.includes(name)) return error;
  return new MaskRcnnError(error.code, `${name}: ${error.message}`);
}

/** The error that crossed from the worker. */
export function errorFrom({ code, message }: PlainError): MaskRcnnError {
  return new MaskRcnnError(code, message);
}
