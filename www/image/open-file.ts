import { Complaint } from '../explain.js';
import { BitmapImage } from './bitmap-image.js';
import type { OpenedImage } from './opened-image.js';

/** Opens an image of whatever kind its first bytes say, whatever it is called. */
export async function openFile(file: Blob, name: string): Promise<OpenedImage> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Complaint(`${name} is not an image that this browser can read.`);
  });
  return BitmapImage.of(bitmap, name);
}
