/** The stable codes of every error this package throws; those that the engine gives are the same in Rust. */
export type ErrorCode =
  | 'webgpu-unavailable'
  | 'device-lost'
  | 'out-of-memory'
  | 'weights-integrity'
  | 'weights-incompatible'
  | 'invalid-input'
  | 'environment'
  | 'io'
  | 'aborted'
  | 'disposed'
  | 'internal';

/** The base of every error this package throws. Tell errors apart by `code` or by `instanceof`. */
export class MaskRcnnError extends Error {
  /** What the class is called. */
  override name = 'MaskRcnnError';

  constructor(
    /** What went wrong, as a code that stays the same between versions. */
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** WebGPU was asked for, and this browser or machine has none. */
export class WebGpuUnavailableError extends MaskRcnnError {
  override name = 'WebGpuUnavailableError';
  constructor(message: string, options?: ErrorOptions) {
    super('webgpu-unavailable', message, options);
  }
}

/** The GPU went away during the call. The next call opens it again. */
export class DeviceLostError extends MaskRcnnError {
  override name = 'DeviceLostError';
  constructor(message: string, options?: ErrorOptions) {
    super('device-lost', message, options);
  }
}

/** Picture and network did not fit into memory. The next call starts with fresh memory. */
export class OutOfMemoryError extends MaskRcnnError {
  override name = 'OutOfMemoryError';
  constructor(message: string, options?: ErrorOptions) {
    super('out-of-memory', message, options);
  }
}

/** The model's bytes are damaged, or are no model. */
export class WeightsIntegrityError extends MaskRcnnError {
  override name = 'WeightsIntegrityError';
  constructor(message: string, options?: ErrorOptions) {
    super('weights-integrity', message, options);
  }
}

/** The model is intact but is another network than the one asked for. */
export class WeightsIncompatibleError extends MaskRcnnError {
  override name = 'WeightsIncompatibleError';
  constructor(message: string, options?: ErrorOptions) {
    super('weights-incompatible', message, options);
  }
}

/** A picture or an option is outside of what is allowed. */
export class InvalidInputError extends MaskRcnnError {
  override name = 'InvalidInputError';
  constructor(message: string, options?: ErrorOptions) {
    super('invalid-input', message, options);
  }
}

/**
 * The page's set-up keeps the engine from starting: its server, bundler or Content Security Policy, or a browser that
 * lacks something. The message says what to change.
 */
export class EnvironmentError extends MaskRcnnError {
  override name = 'EnvironmentError';
  constructor(message: string, options?: ErrorOptions) {
    super('environment', message, options);
  }
}

/** The model could not be fetched. */
export class IoError extends MaskRcnnError {
  override name = 'IoError';
  constructor(message: string, options?: ErrorOptions) {
    super('io', message, options);
  }
}

/** The caller's `AbortSignal` fired; `cause` holds its reason. */
export class AbortedError extends MaskRcnnError {
  /** `'AbortError'`, so that code written for `fetch` recognises it. */
  override name = 'AbortError';
  constructor(reason?: unknown) {
    super('aborted', 'the call was aborted', { cause: reason });
  }
}

/** The segmenter was used after `dispose()`. */
export class DisposedError extends MaskRcnnError {
  override name = 'DisposedError';
  constructor(options?: ErrorOptions) {
    super('disposed', 'this segmenter was disposed of; load a new one', options);
  }
}

/** The engine failed in a way that it should not; please report it. The next call starts afresh. */
export class InternalError extends MaskRcnnError {
  override name = 'InternalError';
  constructor(message: string, options?: ErrorOptions) {
    super('internal', message, options);
  }
}

/** An error as it crosses from the worker to the page. */
export interface PlainError {
  code: ErrorCode;
  message: string;
}

const withMessage = {
  'webgpu-unavailable': WebGpuUnavailableError,
  'device-lost': DeviceLostError,
  'out-of-memory': OutOfMemoryError,
  'weights-integrity': WeightsIntegrityError,
  'weights-incompatible': WeightsIncompatibleError,
  'invalid-input': InvalidInputError,
  environment: EnvironmentError,
  io: IoError,
  aborted: AbortedError,
  internal: InternalError,
};

/** The same error, with the name of the file that it is about, where the engine could not know it. */
export function inFile(name: string | undefined, error: unknown): unknown {
  const isAboutFile = error instanceof WeightsIntegrityError || error instanceof WeightsIncompatibleError;
  if (!isAboutFile || name === undefined || error.message.includes(name)) return error;
  return errorFrom({ code: error.code, message: `${name}: ${error.message}` });
}

/** Makes the error class of a code; `disposed` never comes from the worker. */
export function errorFrom({ code, message }: PlainError): MaskRcnnError {
  const Class = withMessage[code as keyof typeof withMessage] ?? InternalError;
  return new Class(message);
}
