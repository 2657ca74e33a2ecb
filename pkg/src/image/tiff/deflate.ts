/** Decompresses deflate with the browser's own decoder, until the output is full; returns how many bytes it wrote. */
export async function decodeDeflate(input: Uint8Array<ArrayBuffer>, output: Uint8Array): Promise<number> {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  // What goes wrong shows where the output is read; bytes behind the end of the data, which some programs write, do not.
  writer.write(input).catch(() => {});
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
