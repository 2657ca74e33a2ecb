/** Kinds of files that the browser's own decoder does not read, or reads with less depth than they have. */
export type FileKind = 'tiff' | 'png16';

/** Number of first bytes that tell the kind of a file. */
export const SIGNATURE_BYTES = 25;

const TIFF = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];
const PNG = '\x89PNG\r\n\x1a\n';

/** The kind of a file by its first bytes; `undefined` for all that is left to the browser. */
export function kindOfFile(bytes: Uint8Array): FileKind | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, SIGNATURE_BYTES));
  if (TIFF.some((signature) => text.startsWith(signature))) return 'tiff';
  // The header follows the signature: length, name, width, height, and the number of bits of a sample.
  const isDeep = text.startsWith(PNG) && text.startsWith('IHDR', 12) && bytes[24] === 16;
  return isDeep ? 'png16' : undefined;
}
