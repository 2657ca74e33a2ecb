/**
 * Whether a file is a checkpoint, told by its first bytes: what `torch.save` writes, a zip archive or, of old, pickles; a
 * pickle; `.safetensors`; or a tar archive, of which the engine then says that it is not read. Names do not matter:
 * `.pth.tar` and `.ckpt` are as common as none.
 */
export async function isCheckpoint(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 512).arrayBuffer());
  const starts = (...bytes: number[]) => bytes.every((byte, i) => start[i] === byte);
  const text = new TextDecoder('latin1').decode(start);
  const isPickle = start[0] === 0x80 && (start[1] ?? 255) <= 5;
  const isSafetensors = text[8] === '{' && headerLength(start) <= file.size;
  return (
    starts(0x50, 0x4b, 3, 4) ||
    isPickle ||
    isSafetensors ||
    text.startsWith('L119547037146038801333356L') ||
    text.slice(257, 262) === 'ustar'
  );
}

/** The length that a `.safetensors` file begins with, as eight bytes. */
function headerLength(start: Uint8Array<ArrayBuffer>): number {
  return Number(new DataView(start.buffer).getBigUint64(0, true));
}
