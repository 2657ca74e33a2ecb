import { MaskRcnnError } from '../../errors.js';

/** The error of a file whose bytes contradict each other, or end too early. */
export function damaged(what: string, cause?: unknown): MaskRcnnError {
  return new MaskRcnnError('invalid-input', `the TIFF file is damaged: ${what}`, cause === undefined ? {} : { cause });
}

/** The error of a file that may be intact, but uses a feature of TIFF that is not read. */
export function unsupported(feature: string): MaskRcnnError {
  return new MaskRcnnError(
    'invalid-input',
    `the TIFF file has ${feature}, which cannot be read here; save it uncompressed, or with LZW or deflate compression, ` +
      'as integers or floating-point numbers',
  );
}

/** The error of a plane, channel or level that the file does not have. */
export function missing(what: string): MaskRcnnError {
  return new MaskRcnnError('invalid-input', what);
}
