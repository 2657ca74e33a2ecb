import { unsupported } from './errors.js';

/**
 * What a file's samples are. Those of 8 and 16 bits without sign are given as they are, all others as single precision,
 * which holds whole numbers up to 2²⁴ exactly and rounds larger ones to the nearest.
 */
export type SampleType =
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64';

/** The samples of an image: of 8 bits, 16 bits or single precision. */
export type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Zeros of the type that samples of a file are given as. */
export function newSamples(type: SampleType, length: number): Samples {
  if (type === 'uint8') return new Uint8Array(length);
  return type === 'uint16' ? new Uint16Array(length) : new Float32Array(length);
}

/**
 * The type of samples of a format and a number of bits. Unsigned samples of fewer bits than 8, 16 or 32 keep their values.
 *
 * @throws `invalid-input` for others
 */
export function sampleTypeOf(format: number, bits: number): SampleType {
  switch (format) {
    case 1:
    case 4: // undefined: read as TIFF readers do
      if (bits >= 1 && bits <= 8) return 'uint8';
      if (bits > 8 && bits <= 16) return 'uint16';
      if (bits > 16 && bits <= 32) return 'uint32';
      if (bits === 64) return 'uint64';
      throw unsupported(`unsigned samples of ${bits} bits`);
    case 2:
      if (bits === 8 || bits === 16 || bits === 32 || bits === 64) return `int${bits}`;
      throw unsupported(`signed samples of ${bits} bits`);
    case 3:
      if (bits === 16 || bits === 32 || bits === 64) return `float${bits}`;
      throw unsupported(`floating-point samples of ${bits} bits`);
    case 5:
    case 6:
      throw unsupported(`complex samples of ${bits} bits`);
    default:
      throw unsupported(`samples of format number ${format}, which is unknown`);
  }
}
