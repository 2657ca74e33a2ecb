import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';

/** A colour: red, green and blue, 0 to 255 each. */
export type Color = readonly [number, number, number];

/**
 * Colours that people with any kind of colour vision can tell apart: those of Masataka Okabe and Kei Ito, "Color
 * Universal Design" (https://jfly.uni-koeln.de/color/), without black.
 */
export const PALETTE: readonly Color[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
];

/** The colours of objects: a list that they take in turn, or a choice by the object and its place in `detections`. */
export type Colors<Item> = readonly Color[] | ((item: Item, index: number) => Color);

/**
 * The colour of one object.
 *
 * @throws `invalid-input` where that is not a colour
 */
export function colorOf<Item>(colors: Colors<Item>, item: Item, index: number): Color {
  if (typeof colors === 'function') return checkColor(colors(item, index), 'what the function `colors` returns');
  if (!Array.isArray(colors)) {
    throw new MaskRcnnError('invalid-input', `colors must be an array of colours or a function, not ${kindOf(colors)}`);
  }
  return checkColor(colors[index % colors.length] ?? PALETTE[index % PALETTE.length], 'each of `colors`');
}

/** @throws `invalid-input` unless it is a colour */
export function checkColor(value: unknown, what: string): Color {
  const isPart = (part: unknown) => typeof part === 'number' && part >= 0 && part <= 255;
  if (Array.isArray(value) && value.length === 3 && value.every(isPart)) return value as unknown as Color;
  const found = Array.isArray(value)
    ? `[${value.map((part) => (typeof part === 'number' ? part : kindOf(part))).join(', ')}]`
    : kindOf(value);
  throw new MaskRcnnError('invalid-input', `${what} must be [red, green, blue], 0 to 255 each, not ${found}`);
}

/** A colour as CSS and SVG write it. */
export const css = ([red, green, blue]: Color) => `rgb(${red},${green},${blue})`;

/** Black or white, whichever stands out more from a colour (WCAG's relative luminance). */
export function opposite(color: Color): Color {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Color;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? [0, 0, 0] : [255, 255, 255];
}
