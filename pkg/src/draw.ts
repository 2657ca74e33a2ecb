/**
 * Results and images of them, without the engine that finds objects: for a page that gets its results from elsewhere,
 * as run lengths say. Importing this does nothing.
 */

export {
  type BackgroundOptions,
  type BlurOptions,
  blur,
  type PixelateOptions,
  pixelate,
  type RedactOptions,
  redact,
  replaceBackground,
} from './draw/conceal.js';
export {
  type Contrast,
  type MeasureContrastOptions,
  measureContrast,
  type ToImageDataOptions,
  toImageData,
} from './draw/contrast.js';
export { type CutOutOptions, cutOut } from './draw/cut-out.js';
export type { DrawableImage } from './draw/layer.js';
export { type DrawOptions, draw } from './draw/overlay.js';
export { type Color, type Colors, PALETTE } from './draw/palette.js';
export type { RegionOptions } from './draw/silhouette.js';
export { type ErrorCode, MaskRcnnError } from './errors.js';
export type { CocoOptions, CocoResult } from './export/coco.js';
export type { CocoFileOptions } from './export/coco-file.js';
export type { CsvOptions } from './export/csv.js';
export type { GeoJsonOptions } from './export/geojson.js';
export type { MeasuredImage } from './export/intensity.js';
export type { LabelImageOptions } from './export/label-image.js';
export type { MeasureOptions } from './export/measure.js';
export type { SvgOptions } from './export/svg.js';
export type { RawImage } from './image/raw-image.js';
export type { ImageSource } from './image/source.js';
export type { Detection, DetectionFilter, ResultLike } from './result/detection.js';
export type { Area, MeasureRange, ResultFilter } from './result/filter.js';
export type { Box, Point, Size } from './result/geometry.js';
export type { InputPlane, InputTiles, ResultInput } from './result/input.js';
export { Mask, type MaskFields } from './result/mask.js';
export type {
  ChannelMeasures,
  IntensityMeasure,
  LengthMeasure,
  MeasureName,
  Measures,
  ShapeMeasure,
} from './result/measures.js';
export type { OutlineOptions, Polygon } from './result/polygon.js';
export {
  type PlainDetection,
  type PlainResult,
  SegmentResult,
  type SegmentResultFields,
  type Timing,
} from './result/result.js';
export type { Rle, RunLengths } from './result/rle.js';
export type { Backend } from './runtime/engine.js';
