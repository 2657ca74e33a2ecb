/**
 * Results and pictures of them, without the engine that finds objects: for a page that gets its results from elsewhere,
 * as run lengths say. Importing this does nothing.
 */
export type { CocoOptions, CocoResult } from './coco.js';
export {
  type BackgroundOptions,
  type BlurOptions,
  blur,
  type PixelateOptions,
  pixelate,
  type RedactOptions,
  redact,
  replaceBackground,
} from './conceal.js';
export type { CsvOptions } from './csv.js';
export { type CutOutOptions, cutOut } from './cut-out.js';
export type { Detection, DetectionFilter } from './detection.js';
export type { Backend } from './engine.js';
export { InvalidInputError, MaskRcnnError } from './errors.js';
export type { Box, Point, Size } from './geometry.js';
export type { DrawableSource } from './layer.js';
export { Mask, type MaskFields } from './mask.js';
export { type DrawOptions, draw } from './overlay.js';
export { type Color, type Colors, PALETTE } from './palette.js';
export type { OutlineOptions, Polygon } from './polygon.js';
export {
  type PlainDetection,
  type PlainResult,
  type ResultFilter,
  SegmentResult,
  type SegmentResultFields,
} from './result.js';
export type { Rle, RunLengths } from './rle.js';
export type { Found, RegionOptions } from './silhouette.js';
export type { PictureSource } from './source.js';
export type { SvgOptions } from './svg.js';
