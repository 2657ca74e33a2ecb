import { checkNumber, checkObject } from '../../arguments.js';
import { MaskRcnnError } from '../../errors.js';

/** Which plane of a file is read, and at which resolution. What is left out is the first. */
export interface PlaneOptions {
  /**
   * A page, from 0; with axes, a plane by its number, first along z, then in time, and then in the images that follow the
   * first one. Not together with `z`, `t` or `projection`, which are the first image's.
   */
  page?: number | undefined;
  /** Position on the z axis, from 0. */
  z?: number | undefined;
  /** Point in time, from 0. */
  t?: number | undefined;
  /**
   * `'max'` gives, pixel by pixel, the greatest value over the z axis; over all pages where the file does not say what its
   * pages are.
   */
  projection?: 'max' | undefined;
  /** Level of the pyramid, from 0, the full resolution, to the number of `levels`. */
  level?: number | undefined;
}

/** @throws `invalid-input` for options that are not valid, or not together; that they exist in a file is not checked */
export function checkPlaneOptions(options: PlaneOptions): void {
  checkObject(options, 'the options of a plane');
  const { page, z, t, projection, level } = options;
  for (const [name, value] of Object.entries({ page, z, t, level })) checkNumber(value, name, { isWhole: true });
  if (projection !== undefined && projection !== 'max') {
    throw new MaskRcnnError('invalid-input', `projection must be 'max', not '${projection}'`);
  }
  const others = Object.entries({ z, t, projection }).filter(([, value]) => value !== undefined);
  if (page !== undefined && others.length > 0) {
    throw new MaskRcnnError('invalid-input', `give either page or ${others.map(([name]) => name).join(' and ')}`);
  }
  if (z !== undefined && projection !== undefined) {
    throw new MaskRcnnError('invalid-input', 'give either z or projection, which is over all z');
  }
}
