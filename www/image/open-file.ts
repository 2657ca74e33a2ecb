import { Complaint } from '../explain.js';
import { BitmapImage } from './bitmap-image.js';
import type { OpenedImage } from './opened-image.js';
import { type Reading, TiffImage } from './tiff-image.js';

/** Bytes that a file's kind is told by: as many as a PNG needs to say how many bits it has. */
const START = 25;

/** Opens an image of whatever kind its first bytes say, whatever it is called. */
export async function openFile(file: Blob, name: string, reading: Reading): Promise<OpenedImage> {
  const start = new Uint8Array(await file.slice(0, START).arrayBuffer());
  if (isTiff(start)) return TiffImage.open(file, name, reading);
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Complaint(`${name} is not an image that this browser can read.`);
  });
  // What the browser shows of 16 bits are 8; the network is to have them all.
  return BitmapImage.of(bitmap, name, isDeepPng(start) ? file : bitmap);
}

/** Whether a file begins as a TIFF does, of either byte order, and BigTIFF. */
export function isTiff([first, second, third, fourth]: Uint8Array): boolean {
  if (first === 0x49 && second === 0x49) return fourth === 0 && (third === 42 || third === 43);
  return first === 0x4d && second === 0x4d && third === 0 && (fourth === 42 || fourth === 43);
}

/** Whether a file is a PNG with 16 bits a channel. */
function isDeepPng(start: Uint8Array): boolean {
  return start[0] === 0x89 && start[1] === 0x50 && start[24] === 16;
}
