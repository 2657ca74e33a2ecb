import type { Polygon } from './polygon.js';

/** Polygons as the `d` of an SVG path. */
export function pathOf(polygons: readonly Polygon[]): string {
  return polygons.map(({ points }) => `M${Array.from(points, written).join(' ')}Z`).join('');
}

/** Outlines have their points at halves of a pixel: one decimal is all there is. */
function written(value: number): string {
  return String(Math.round(value * 10) / 10);
}
