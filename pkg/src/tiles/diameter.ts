import { MaskRcnnError } from '../errors.js';
import type { Region } from '../image/region-image.js';
import type { EngineResult } from '../runtime/engine.js';
import type { FirstLook } from '../runtime/objects-glue.js';
import { fromModule } from '../runtime/objects-module.js';

/** The typical diameter of the objects: in pixels of the image, in micrometres, or `'auto'`: estimated in a first look. */
export type DiameterChoice =
  | number
  | 'auto'
  | {
      /** The diameter in µm, more than 0. */
      micrometres: number;
    };

/**
 * A diameter in pixels of the image.
 *
 * @throws `invalid-input` for one in micrometres where the size of a pixel is not known
 */
export function diameterInPixels(choice: Exclude<DiameterChoice, 'auto'>, pixelSize: number | undefined): number {
  if (typeof choice === 'number') return choice;
  if (pixelSize !== undefined) return choice.micrometres / pixelSize;
  throw new MaskRcnnError(
    'invalid-input',
    'a diameter in micrometres needs the size of a pixel, which the image does not tell: give `pixelSize`, in micrometres',
  );
}

/** Has the network look at a part of an image. */
export type Look = (region: Region, scale: number) => Promise<EngineResult>;

/**
 * Estimates the median diameter of an image's objects, in pixels; `undefined` where there are too few to tell.
 *
 * @throws `invalid-input` for a model whose manifest does not say which diameter it was trained with
 */
export async function estimateDiameter(first: FirstLook, look: Look): Promise<number | undefined> {
  try {
    for (let next = fromModule(() => first.next()); next; next = fromModule(() => first.next())) {
      const { region, scale } = JSON.parse(next);
      const found = await look(region, scale);
      fromModule(() => first.add(found));
    }
    return fromModule(() => first.diameter);
  } finally {
    fromModule(() => first.free());
  }
}
