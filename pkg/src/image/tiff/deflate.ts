/** The most bytes after the end of the compressed data that are skipped: what programs write to fill up a word or a block. */
const MAX_PADDING = 512;

/** Decompresses deflate with the browser's own decoder, until the output is full; returns how many bytes it wrote. */
export async function decodeDeflate(input: Uint8Array<ArrayBuffer>, output: Uint8Array): Promise<number> {
  try {
    return await inflate([input], output);
  } catch {
    // Firefox and Safari fail on bytes after the end, and give nothing of the piece that has them: now each is a piece.
    const end = Math.max(0, input.length - MAX_PADDING);
    const tail = Array.from(input.subarray(end), (byte) => Uint8Array.of(byte));
    return inflate([input.subarray(0, end), ...tail], output);
  }
}

async function inflate(pieces: readonly Uint8Array<ArrayBuffer>[], output: Uint8Array): Promise<number> {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  // What goes wrong shows where the output is read, and no longer matters once that is full.
  for (const piece of pieces) writer.write(piece).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  let written = 0;
  try {
    while (written < output.length) {
      const { done, value } = await reader.read();
      if (done) break;
      output.set(value.subarray(0, output.length - written), written);
      written = Math.min(written + value.length, output.length);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  return written;
}
