import { checkNumber, checkObject, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { type CocoOptions, type CocoResult, cocoOf } from '../export/coco.js';
import type { CocoFileOptions } from '../export/coco-file.js';
import type { CsvOptions } from '../export/csv.js';
import type { GeoJsonOptions } from '../export/geojson.js';
import type { LabelImageOptions } from '../export/label-image.js';
import type { MeasureOptions } from '../export/measure.js';
import { type SvgOptions, svgOf } from '../export/svg.js';
import type { Backend } from '../runtime/engine.js';
import { checkFound, type Detection } from './detection.js';
import { chosenOf, type ResultFilter } from './filter.js';
import { objectAt } from './grid-index.js';
import type { ResultInput } from './input.js';
import type { Inspection } from './inspection.js';
import { Mask, type MaskFields } from './mask.js';
import type { Measures } from './measures.js';
import type { Rle } from './rle.js';

/** Where and how fast the network ran. */
export interface Timing {
  /** What it ran on. */
  backend: Backend;
  /** Milliseconds that the network took, from pixels to masks. */
  milliseconds: number;
  /** How often the GPU was waited for to read numbers back. */
  readBacks: number;
}

/** What a {@link SegmentResult} is made of. */
export interface SegmentResultFields {
  /** The image's width in pixels. */
  width: number;
  /** The image's height in pixels. */
  height: number;
  /** The objects, best score first. */
  detections: Detection[];
  /** Whether a limit on the number of objects cut some off; `false` by default. */
  truncated?: boolean;
  /** Length of a pixel's side in micrometres, where it is known. */
  pixelSize?: number | undefined;
  /** What of the image the network was given, and how; absent in a result from elsewhere. */
  input?: ResultInput | undefined;
  /** Where the network ran and how long it took; absent in a result from elsewhere. */
  timing?: Timing | undefined;
  /** How the network reached the result, where `segment` was asked to `inspect`. */
  inspection?: Inspection | undefined;
}

/** A result without its methods: what `structuredClone` and `postMessage` make of one, or its JSON. */
export interface PlainResult extends Omit<SegmentResultFields, 'detections' | 'inspection'> {
  /** The objects, best score first. */
  detections: PlainDetection[];
}

/** An object of a {@link PlainResult}. */
export interface PlainDetection extends Omit<Detection, 'mask'> {
  /** A mask's fields or, in JSON, its run lengths; none when the network has no masks. */
  mask?: MaskFields | Rle | undefined;
}

/** What was found in one image. */
export class SegmentResult implements SegmentResultFields {
  /** The image's width in pixels. */
  readonly width: number;
  /** The image's height in pixels. */
  readonly height: number;
  /** The objects, best score first. */
  readonly detections: Detection[];
  /** Whether a limit on the number of objects, `maxDetections`, cut some off. */
  readonly truncated: boolean;
  /** Length of a pixel's side in micrometres, where it is known. */
  readonly pixelSize: number | undefined;
  /** What of the image the network was given, and how; `undefined` in a result from elsewhere. */
  readonly input: ResultInput | undefined;
  /** Where the network ran and how long it took; `undefined` in a result from elsewhere. */
  readonly timing: Timing | undefined;
  /** How the network reached the result, where `segment` was asked to `inspect`. */
  readonly inspection: Inspection | undefined;

  /** @throws `invalid-input` for a size or a detection that is not valid */
  constructor(fields: SegmentResultFields) {
    checkFound(fields);
    const { width, height, detections, truncated = false, pixelSize, input, timing, inspection } = fields;
    if (typeof truncated !== 'boolean')
      throw new MaskRcnnError('invalid-input', `truncated must be true or false, not ${kindOf(truncated)}`);
    checkNumber(pixelSize, "the result's pixelSize", { above: 0 });
    this.width = width;
    this.height = height;
    this.detections = detections;
    this.truncated = truncated;
    this.pixelSize = pixelSize;
    this.input = input;
    this.timing = timing;
    this.inspection = inspection;
  }

  /**
   * A result from what `structuredClone`, `postMessage` or IndexedDB made of one, or from its JSON. An inspection stays
   * behind, and from JSON the masks have no soft ones.
   *
   * @throws `invalid-input` where it has no detections, or a mask is malformed
   */
  static from(plain: PlainResult): SegmentResult {
    if (!Array.isArray(plain?.detections))
      throw new MaskRcnnError('invalid-input', 'a result has a list of detections; this has none');
    const detections = plain.detections.map((detection, index): Detection => {
      checkObject(detection, `detection ${index}`);
      const { mask, ...rest } = detection;
      if (!mask) return { ...rest, mask: undefined };
      checkObject(mask, `the mask of detection ${index}`);
      return { ...rest, mask: 'counts' in mask ? Mask.fromRle(mask) : new Mask(mask) };
    });
    return new SegmentResult({ ...plain, detections, inspection: undefined });
  }

  /** For `JSON.stringify`: the masks as run lengths, without the soft ones, and without the inspection. */
  toJSON(): PlainResult {
    const { inspection: _, detections, ...rest } = this;
    return { ...rest, detections: detections.map(({ mask, ...detection }) => ({ ...detection, mask: mask?.toRle() })) };
  }

  /**
   * The object at a point of the image: of those whose mask holds it, or whose box where there is no mask, the
   * smallest, so that what lies within another object can be reached.
   *
   * The objects are sorted into a grid at the first call: of a result whose `detections` were changed, make a new one.
   *
   * @param x column in pixels of the image; need not be whole
   * @param y row in pixels of the image
   * @throws `invalid-input` unless both are numbers
   */
  at(x: number, y: number): Detection | undefined {
    for (const [name, value] of Object.entries({ x, y })) {
      if (typeof value === 'number' && !Number.isNaN(value)) continue;
      throw new MaskRcnnError(
        'invalid-input',
        `${name} must be a number of pixels, not ${typeof value === 'number' ? value : kindOf(value)}`,
      );
    }
    return objectAt(this, x, y);
  }

  /**
   * The same result with some of its objects only; the network is not run again, and nothing is copied. The objects that
   * are left are numbered again, from 1.
   *
   * @param measured what {@link SegmentResult.measure} made of this result, for a filter by measures
   * @throws `invalid-input` for a filter that is not valid, or needs what the result does not know
   */
  filter(filter: ResultFilter = {}, measured?: Measures): SegmentResult {
    const { detections, isCutOff } = chosenOf(this, filter, measured);
    return new SegmentResult({ ...this, detections, truncated: this.truncated || isCutOff });
  }

  /**
   * Measures the objects' shapes and, in an image, their intensities; the first call loads a small module for that.
   *
   * @throws `invalid-input` for an image of another size or an option that is not valid, `environment` where the module
   * cannot be loaded, `aborted`
   */
  async measure(options: MeasureOptions = {}): Promise<Measures> {
    return (await exportFiles()).measure(this, options);
  }

  /**
   * All measures as comma-separated values (RFC 4180): a row for each object, after a head with names and units. A cell
   * without a value is empty; text that a spreadsheet would take for a formula is preceded by an apostrophe.
   *
   * @throws as {@link SegmentResult.measure}
   */
  async toCsv(options: CsvOptions = {}): Promise<Blob> {
    return (await exportFiles()).csvOf(this, options);
  }

  /**
   * An image in which each pixel is the number of its object, or 0: a TIFF of 16 or 32 bits, or a PNG. Where objects
   * overlap, a pixel belongs to the one with the higher score.
   *
   * @throws `invalid-input` for a result without masks, or more objects than the format has numbers; `environment`
   */
  async toLabelImage(options: LabelImageOptions = {}): Promise<Blob> {
    return (await exportFiles()).labelImageOf(this, options);
  }

  /**
   * The outlines as ImageJ's ROI manager opens them, a .zip, each with its number as name. An object without pixels is left
   * out.
   *
   * @throws `environment`
   */
  async toImageJRois(): Promise<Blob> {
    return (await exportFiles()).imageJRoisOf(this);
  }

  /**
   * The outlines along the pixels' edges as GeoJSON, as QuPath opens it, each with its number as name, class and measures.
   * An object without pixels is left out.
   *
   * @throws as {@link SegmentResult.measure}
   */
  async toGeoJson(options: GeoJsonOptions = {}): Promise<Blob> {
    return (await exportFiles()).geoJsonOf(this, options);
  }

  /** The objects in COCO's results format, ready for `JSON.stringify`; of several images, join the lists. */
  toCoco(options: CocoOptions): CocoResult[] {
    return cocoOf(this.detections, options);
  }

  /**
   * The objects as a file in one of COCO's formats: a data set that can be corrected and trained on, or results.
   *
   * @throws `invalid-input` for an option that is not valid, `environment`
   */
  async toCocoFile(options: CocoFileOptions = {}): Promise<Blob> {
    return (await exportFiles()).cocoFileOf(this, options);
  }

  /** The objects as a stand-alone SVG image. */
  toSvg(options?: SvgOptions): string {
    return svgOf(this, this.detections, options);
  }
}

/** What writes files, which is loaded when the first one is asked for. */
const exportFiles = () => import('../export/files.js');
