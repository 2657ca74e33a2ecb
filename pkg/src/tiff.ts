/**
 * TIFF files of microscopes and slide scanners: stacks, many channels, 8 to 64 bits, pyramids. Open one with
 * {@link openTiff}, and give a plane of it to `segment`, which opens a Blob with a TIFF by itself, too.
 */

export { type ErrorCode, MaskRcnnError } from './errors.js';
export type { RawImage } from './image/raw-image.js';
export type { ReadOptions, Region, RegionImage } from './image/region-image.js';
export type { FileSource } from './image/tiff/byte-source.js';
export type { PlaneOptions } from './image/tiff/plane-options.js';
export type { SampleType } from './image/tiff/sample-type.js';
export { openTiff, type PyramidLevel, type TiffFile, type TiffFormat } from './image/tiff/tiff-file.js';
