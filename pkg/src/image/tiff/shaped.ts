import type { Axes } from './axes.js';

/** What Python's `tifffile` writes into the description of a file's first page: the lengths of all axes, slowest first. */
export interface Shape {
  shape: readonly number[];
  /** A letter for each axis. */
  axes: string;
  /** Whether only the first of several images has a page. */
  isTruncated: boolean;
}

/** The shape in `tifffile`'s description; `undefined` for another text. */
export function parseShape(description: string | undefined): Shape | undefined {
  if (!description?.startsWith('{"shape":')) return undefined;
  try {
    const { shape, axes = '', truncated = false } = JSON.parse(description);
    const isValid = Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 1);
    return isValid && typeof axes === 'string' ? { shape, axes, isTruncated: truncated === true } : undefined;
  } catch {
    return undefined;
  }
}

/** Number of images that a shape has, of which one has `samples` samples; 1 where that is not a whole number. */
export function shapedImages({ shape, isTruncated }: Shape, samples: number): number {
  const images = shape.reduce((product, length) => product * length, 1) / samples;
  return isTruncated && Number.isSafeInteger(images) && images >= 1 ? images : 1;
}

/** The axes before those of an image; `undefined` where they are not all channels, slices and times. */
export function shapedAxes({ shape, axes }: Shape, pages: number): Axes | undefined {
  const leading = /^([CZT]+)YXS*$/.exec(axes)?.[1];
  if (leading === undefined || axes.length !== shape.length || new Set(leading).size !== leading.length)
    return undefined;
  const sizes = { C: 1, Z: 1, T: 1 };
  const steps = { C: 0, Z: 0, T: 0 };
  let step = 1;
  for (let index = leading.length - 1; index >= 0; index--) {
    const axis = leading[index] as 'C' | 'Z' | 'T';
    [sizes[axis], steps[axis]] = [shape[index] as number, step];
    step *= sizes[axis];
  }
  if (step !== pages) return undefined;
  return {
    ...{ channelPages: sizes.C, z: sizes.Z, t: sizes.T },
    pageOf: (at) => at.channel * steps.C + at.z * steps.Z + at.t * steps.T,
  };
}
