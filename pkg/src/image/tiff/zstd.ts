import { Decompress } from 'fzstd';
import { unsupported } from './errors.js';

/** The largest window that is allocated, in bytes; that of zstd's highest level. */
const MAX_WINDOW = 2 ** 27;

/** Decompresses Zstandard, until the output is full; returns how many bytes it wrote. */
export function decodeZstd(input: Uint8Array, output: Uint8Array): number {
  const window = windowOf(input);
  if (window > Math.max(MAX_WINDOW, output.length))
    throw unsupported(`zstd compression with a window of ${window} bytes`);
  let written = 0;
  const full = new Error('the output is full');
  const stream = new Decompress((chunk) => {
    output.set(chunk.subarray(0, output.length - written), written);
    written = Math.min(written + chunk.length, output.length);
    if (written === output.length) throw full;
  });
  try {
    stream.push(input, true);
  } catch (cause) {
    if (cause !== full) throw cause;
  }
  return written;
}

/** The window that a frame's header asks for (RFC 8878, section 3.1.1.1). */
function windowOf(input: Uint8Array): number {
  const descriptor = input[4] ?? 0;
  // A frame of a single segment has its content for a window, which the size of the block bounds.
  if (descriptor & 0x20) return 0;
  const window = input[5] ?? 0;
  const base = 2 ** (10 + (window >> 3));
  return base + (base / 8) * (window & 7);
}
