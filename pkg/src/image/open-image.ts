import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import type { RegionImage } from './region-image.js';
import { kindOfFile, SIGNATURE_BYTES } from './signature.js';
import { checkPlaneOptions, type PlaneOptions } from './tiff/plane-options.js';

/** An image of a file that the browser's own decoder does not read, or not without loss. */
export interface OpenedImage extends RegionImage {
  /** What the file is. */
  readonly format: 'tiff' | 'png';
  /** Frees what was kept of the file; may be called more than once. */
  close(): void;
}

/**
 * Opens a Blob that the browser's own decoder does not read, or not without loss: a TIFF, or a PNG of 16 bits. What reads
 * them is loaded when one comes. `undefined` for everything else.
 *
 * @throws `invalid-input` for a file that cannot be read, and for a plane that is not in it; `aborted`
 */
export async function openImage(
  source: unknown,
  { signal, ...plane }: PlaneOptions & { signal?: AbortSignal | undefined } = {},
): Promise<OpenedImage | undefined> {
  checkPlaneOptions(plane);
  if (!['Blob', 'File'].includes(kindOf(source))) return undefined;
  const blob = source as Blob;
  switch (kindOfFile(await firstBytes(blob))) {
    case 'tiff': {
      const { openTiff } = await import('../tiff.js');
      const file = await openTiff(blob, { signal });
      const image = file.plane(plane);
      const { width, height, channels, channelNames, pixelSize } = image;
      return {
        ...{ width, height, channels, channelNames, pixelSize, format: 'tiff' },
        read: (region, options) => image.read(region, options),
        close: () => file.close(),
      };
    }
    case 'png16': {
      checkSinglePlane(plane);
      const { openPng16 } = await import('./png16.js');
      return openPng16(blob, signal);
    }
    default:
      return undefined;
  }
}

/** @throws `invalid-input` for another plane than the first of an image that has one only */
export function checkSinglePlane({ page, z, t, level }: PlaneOptions): void {
  for (const [name, value] of Object.entries({ page, z, t, level })) {
    if (value) throw new MaskRcnnError('invalid-input', `${name} is ${value}; the image is not a stack and has only 0`);
  }
}

async function firstBytes(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(0, SIGNATURE_BYTES).arrayBuffer());
  } catch (cause) {
    throw new MaskRcnnError('invalid-input', `the file can no longer be read: ${cause}`, { cause });
  }
}
