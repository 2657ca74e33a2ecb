/** Decompresses PackBits; returns how many bytes it wrote. */
export function decodePackBits(input: Uint8Array, output: Uint8Array): number {
  let written = 0;
  for (let at = 0; at < input.length && written < output.length; ) {
    const head = input[at++] as number;
    if (head === 128) continue;
    const length = head < 128 ? head + 1 : 257 - head;
    if (head < 128) {
      output.set(input.subarray(at, Math.min(at + length, at + output.length - written)), written);
      written += Math.min(length, input.length - at);
      at += length;
    } else if (at < input.length) {
      output.fill(input[at++] as number, written, written + length);
      written += length;
    }
  }
  return Math.min(written, output.length);
}
