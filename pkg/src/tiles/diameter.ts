import { MaskRcnnError } from '../errors.js';
import type { EngineResult } from '../runtime/engine.js';
import type { ObjectsGlue, TilePlan } from '../runtime/objects-glue.js';
import { fromModule } from '../runtime/objects-module.js';

/** The typical diameter of the objects: in pixels of the image, in micrometres, or `'auto'`: estimated in a first look. */
export type DiameterChoice = number | 'auto' | { micrometres: number };

/** How many tiles of a large image a first look takes. */
const LOOKS = 3;

/** The number of objects from which on their median diameter is relied on. */
const ENOUGH = 8;

/** A first look from a scale that is farther off than this, as a factor, finds too few objects, or pieces: one more follows. */
const FAR_OFF = 1.5;

/** How often the scale is mended. */
const ROUNDS = 3;

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

/** A first look at an image: the objects of some of its tiles at a scale; the model's own by default. */
export type Look = (scale: number | undefined, choose: (plan: TilePlan) => number[]) => Promise<EngineResult[]>;

/**
 * Estimates the median diameter of an image's objects, in pixels; `undefined` where none are found.
 *
 * @param settings all settings of the network, as JSON
 */
export async function estimateDiameter(glue: ObjectsGlue, settings: string, look: Look): Promise<number | undefined> {
  let scale: number | undefined;
  let diameter: number | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const found = await look(scale, evenlySpread);
    const best = found.reduce((most, other) => (other.scores.length > most.scores.length ? other : most));
    const median = fromModule(() => glue.medianDiameter(best));
    if (median === undefined) break;
    diameter = median;
    const next = fromModule(() => glue.scaleForDiameter(settings, median));
    const isNear = scale !== undefined && Math.max(scale / next, next / scale) <= FAR_OFF;
    if (isNear && best.scores.length >= ENOUGH) break;
    scale = next;
  }
  return diameter;
}

/** The indices of a few tiles, evenly spread. */
function evenlySpread({ tiles }: TilePlan): number[] {
  const count = Math.min(LOOKS, tiles.length);
  return Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * tiles.length) / count));
}
