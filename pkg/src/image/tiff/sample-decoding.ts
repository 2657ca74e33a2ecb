import { damaged, unsupported } from './errors.js';
import type { PageLayout } from './page-layout.js';
import { rowBytesOf, samplesInBlock } from './page-layout.js';
import type { Samples } from './sample-type.js';
import { COMPRESSION } from './tags.js';

const PREDICTED: readonly number[] = [COMPRESSION.lzw, COMPRESSION.deflate, COMPRESSION.oldDeflate, COMPRESSION.zstd];

/** Whether this machine stores the lowest byte of a number first, as all that run browsers do. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The samples of a strip or tile from its decompressed bytes, which may be overwritten: the order of their bytes is the
 * machine's afterwards, and the predictor is undone.
 *
 * @throws `invalid-input` for a predictor that does not fit the samples, and for values that single precision cannot hold
 */
export function decodeSamples(bytes: Uint8Array<ArrayBuffer>, layout: PageLayout): Samples {
  const { bits, isLittleEndian, compression, sampleType } = layout;
  // The tag has no meaning for other compressions; some programs write it all the same.
  const predictor = PREDICTED.includes(compression) ? layout.predictor : 1;
  if (predictor === 3) undoFloatingPointPredictor(bytes, layout);
  else if (bits % 8 === 0 && isLittleEndian !== IS_LITTLE_ENDIAN) swapBytes(bytes, bits / 8);
  if (predictor === 2) undoHorizontalPredictor(bytes, layout);
  const { buffer, byteOffset, byteLength } = bytes;
  switch (sampleType) {
    case 'uint8':
      return bits === 8 ? bytes : unpack(bytes, layout, Uint8Array);
    case 'uint16':
      return bits === 16 ? new Uint16Array(buffer, byteOffset, byteLength / 2) : unpack(bytes, layout, Uint16Array);
    case 'uint32':
      return bits === 32
        ? Float32Array.from(new Uint32Array(buffer, byteOffset, byteLength / 4))
        : unpack(bytes, layout, Float32Array);
    case 'int8':
      return Float32Array.from(new Int8Array(buffer, byteOffset, byteLength));
    case 'int16':
      return Float32Array.from(new Int16Array(buffer, byteOffset, byteLength / 2));
    case 'int32':
      return Float32Array.from(new Int32Array(buffer, byteOffset, byteLength / 4));
    case 'uint64':
      return Float32Array.from(new BigUint64Array(buffer, byteOffset, byteLength / 8), Number);
    case 'int64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), halfToSingle);
    case 'float32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'float64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8), doubleToSingle);
  }
}

/** Reverses the order of each byte's bits. */
export function reverseBits(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    // Seven bits at once, spread by a product (Sean Eron Anderson, Bit Twiddling Hacks).
    bytes[at] = ((((byte * 0x0802) & 0x22110) | ((byte * 0x8020) & 0x88440)) * 0x10101) >>> 16;
  }
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start + size <= bytes.length; start += size) {
    for (let [low, high] = [start, start + size - 1]; low < high; low++, high--) {
      const byte = bytes[low] as number;
      bytes[low] = bytes[high] as number;
      bytes[high] = byte;
    }
  }
}

/** Each sample is stored as its difference to that of the pixel on the left. */
function undoHorizontalPredictor(bytes: Uint8Array<ArrayBuffer>, layout: PageLayout): void {
  const { buffer, byteOffset, byteLength } = bytes;
  const step = samplesInBlock(layout);
  const width = layout.blockWidth * step;
  const undo = (values: Uint8Array | Uint16Array | Uint32Array) => {
    for (let row = 0; row < values.length; row += width) {
      for (let at = row + step; at < row + width; at++) {
        values[at] = (values[at] as number) + (values[at - step] as number);
      }
    }
  };
  switch (layout.bits) {
    case 8:
      undo(bytes);
      break;
    case 16:
      undo(new Uint16Array(buffer, byteOffset, byteLength / 2));
      break;
    case 32:
      undo(new Uint32Array(buffer, byteOffset, byteLength / 4));
      break;
    default:
      throw unsupported(`predictor 2 with samples of ${layout.bits} bits`);
  }
}

/** The bytes of a row are sorted by their place within the number, highest first, and stored as differences. */
function undoFloatingPointPredictor(bytes: Uint8Array<ArrayBuffer>, layout: PageLayout): void {
  if (!layout.sampleType.startsWith('float')) throw damaged('it has the floating-point predictor for whole numbers');
  const [size, step, rowBytes] = [layout.bits / 8, samplesInBlock(layout), rowBytesOf(layout)];
  const width = rowBytes / size;
  const sorted = new Uint8Array(rowBytes);
  for (let start = 0; start < bytes.length; start += rowBytes) {
    const row = bytes.subarray(start, start + rowBytes);
    for (let at = step; at < rowBytes; at++) row[at] = (row[at] as number) + (row[at - step] as number);
    sorted.set(row);
    for (let place = 0; place < size; place++) {
      const target = IS_LITTLE_ENDIAN ? size - 1 - place : place;
      for (let at = 0; at < width; at++) row[at * size + target] = sorted[place * width + at] as number;
    }
  }
}

/** Samples of any number of bits, highest first, each row beginning at a whole byte. */
function unpack(
  bytes: Uint8Array,
  layout: PageLayout,
  Type: Uint8ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor,
): Samples {
  const { bits, blockWidth, isLittleEndian } = layout;
  const rowBytes = rowBytesOf(layout);
  const width = blockWidth * samplesInBlock(layout);
  const rows = bytes.length / rowBytes;
  const samples = new Type(rows * width) as Samples;
  // Whole bytes are in the machine's order by now.
  const isWhole = bits % 8 === 0 && isLittleEndian;
  for (let row = 0; row < rows; row++) {
    let [held, count, next] = [0, 0, row * rowBytes];
    for (let column = 0; column < width; column++) {
      let value = 0;
      if (bits % 8 === 0) {
        for (let byte = 0; byte < bits / 8; byte++) {
          const from = isWhole || IS_LITTLE_ENDIAN ? next + bits / 8 - 1 - byte : next + byte;
          value = value * 256 + (bytes[from] as number);
        }
        next += bits / 8;
      } else {
        for (let missing = bits; missing > 0; ) {
          if (count === 0) [held, count] = [bytes[next++] as number, 8];
          const taken = Math.min(missing, count);
          value = value * 2 ** taken + ((held >> (count - taken)) & (2 ** taken - 1));
          [count, missing] = [count - taken, missing - taken];
        }
      }
      samples[row * width + column] = value;
    }
  }
  return samples;
}

/** The value of a number of half precision (IEEE 754 binary16). */
function halfToSingle(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function doubleToSingle(value: number): number {
  const single = Math.fround(value);
  if (Number.isFinite(single) || !Number.isFinite(value)) return single;
  throw unsupported(`the value ${value}, beyond the range of single precision`);
}
