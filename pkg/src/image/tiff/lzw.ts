import { damaged } from './errors.js';

const CLEAR = 256;
const END = 257;
const MAX_CODES = 4096;

/**
 * Decompresses LZW as in TIFF: codes of 9 to 12 bits, highest bit first, which grow one code early.
 *
 * A generator, which gives way to others once in a while; it returns how many bytes it wrote.
 */
export function* decodeLzw(input: Uint8Array, output: Uint8Array): Generator<void, number> {
  // Codes before the specification's fifth version are stored lowest bit first; those begin with the byte 0.
  if (input[0] === 0 && ((input[1] ?? 0) & 1) === 1)
    throw damaged('its LZW codes are in the order of TIFF 4, from before 1989');
  // Each code represents a string that is somewhere in the output already: where, and how long it is.
  const starts = new Uint32Array(MAX_CODES);
  const lengths = new Uint32Array(MAX_CODES);
  let [next, bits, held, count, written, pause] = [258, 9, 0, 0, 0, PAUSE];
  let previous = -1;
  let previousStart = 0;
  for (let at = 0; written < output.length; ) {
    while (count < bits && at < input.length) {
      held = ((held << 8) | (input[at++] as number)) & 0xffffff;
      count += 8;
    }
    if (count < bits) break;
    const code = (held >> (count - bits)) & ((1 << bits) - 1);
    count -= bits;
    if (code === END) break;
    if (code === CLEAR) {
      [next, bits, previous] = [258, 9, -1];
      continue;
    }
    const start = written;
    if (code < 256) output[written++] = code;
    else if (code < next) written = copy(output, starts[code] as number, lengths[code] as number, written);
    else if (code === next && previous >= 0) {
      // The string before, and its own first byte again.
      written = copy(output, previousStart, start - previousStart + 1, written);
    } else throw damaged(`an LZW code is ${code}, and there are ${next}`);
    if (previous >= 0 && next < MAX_CODES) {
      starts[next] = previousStart;
      lengths[next] = start - previousStart + 1;
      next++;
      if (next === (1 << bits) - 1 && bits < 12) bits++;
    }
    previous = code;
    previousStart = start;
    if (written > pause) {
      pause = written + PAUSE;
      yield;
    }
  }
  return Math.min(written, output.length);
}

/** Bytes between two pauses. */
const PAUSE = 2 ** 22;

/** Copies forwards, byte by byte, since the two may overlap. */
function copy(bytes: Uint8Array, from: number, length: number, to: number): number {
  for (let index = 0; index < length; index++) bytes[to + index] = bytes[from + index] as number;
  return to + length;
}
