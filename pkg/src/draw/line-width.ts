import type { Size } from '../result/geometry.js';

/** Height of the labels' letters on a canvas, unless the caller says it; in pixels of the canvas. */
export function fontSizeOn({ width, height }: Size): number {
  return Math.max(12, Math.min(width, height) / 36);
}

/** How wide lines are beside letters of a height; in pixels of the canvas. */
export function lineWidthFor(fontSize: number): number {
  return fontSize / 7;
}
