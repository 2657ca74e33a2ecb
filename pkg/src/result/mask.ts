import { checkNumber, checkObject, fieldsOf, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { type Box, checkBox, type Point, type Size } from './geometry.js';
import { type OutlineOptions, type Polygon, polygonsOf } from './polygon.js';
import { probabilityMap } from './probability-map.js';
import { decodeRle, encodeRle, type Rle, type RunLengths } from './rle.js';
import { areaOf, checkRuns, decodeRuns, encodeRuns, forEachSpan, hasPixel } from './runs.js';
import { pathOf } from './svg-path.js';

/** What a {@link Mask} is made of. */
export interface MaskFields {
  /** Left edge in pixels of the image. */
  x: number;
  /** Top edge in pixels of the image. */
  y: number;
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
  /** 1 where the instance is, 0 elsewhere; `width * height`, row by row. A mask is made of these or of `runs`. */
  data?: Uint8Array;
  /** The lengths of the runs of those pixels, row by row, zeros first; counts only where there is no `data`. */
  runs?: Uint32Array;
  /** The size of the whole image. */
  imageSize: Size;
  /** The network's own soft mask, 0 to 1, `side * side` over `box`; none by default. */
  probabilities?: Float32Array;
  /** The box that the soft mask lies over; the mask's own rectangle by default. */
  box?: Box;
  /** Whether the soft mask lies over the box's exact edges, and not over rounded ones; `false` by default. */
  isAligned?: boolean;
}

/** Decoded pixels by the runs that they are of, as long as something else needs them or there is memory to spare. */
const decoded = new WeakMap<Uint32Array, WeakRef<Uint8Array<ArrayBuffer>>>();

/**
 * One instance's mask: the part of the image's grid that the instance lies in, and which of its pixels, as run lengths,
 * so that a hundred thousand masks fit into memory.
 *
 * It is made of typed arrays and numbers only, and is available in any form: pixels, probabilities, run lengths,
 * polygons, an SVG path, an image. `structuredClone` and `postMessage` copy its own runs and make a plain object of
 * it, of which `new Mask()` makes a mask again.
 */
export class Mask {
  /** Left edge in pixels of the image. */
  readonly x: number;
  /** Top edge in pixels of the image. */
  readonly y: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /**
   * Which pixels are the instance's: the lengths of the runs of the rectangle's pixels, row by row, zeros first. Only the
   * first may be 0. The mask has their buffer to itself.
   */
  readonly runs: Uint32Array;
  /** The size of the whole image. */
  readonly imageSize: Size;
  /** The network's own soft mask, 0 to 1, `side * side` over {@link Mask.box}; empty for a mask from elsewhere. */
  readonly probabilities: Float32Array;
  /** The box that the soft mask lies over. */
  readonly box: Box;
  /** Whether the soft mask lies over the box's exact edges, as in detectron2, and not over rounded ones. */
  readonly isAligned: boolean;

  /**
   * Runs and probabilities that are part of a larger buffer are copied, so that a mask that is cloned or sent does not
   * take the whole buffer along.
   *
   * @throws `invalid-input` where the arrays do not fit the sizes, the mask reaches over the image, or a
   * pixel is neither 0 nor 1
   */
  constructor(fields: MaskFields) {
    checkFields(fields);
    const { x, y, width, height, imageSize, probabilities = new Float32Array(0), box, isAligned = false } = fields;
    const fits = x >= 0 && y >= 0 && x + width <= imageSize.width && y + height <= imageSize.height;
    if (!fits || ![x, y, width, height].every(Number.isInteger)) {
      const part = `a mask of ${width}×${height} pixels at ${x}, ${y}`;
      throw new MaskRcnnError(
        'invalid-input',
        `${part} does not lie in an image of ${imageSize.width}×${imageSize.height} pixels`,
      );
    }
    if (!Number.isInteger(Math.sqrt(probabilities.length))) {
      throw new MaskRcnnError('invalid-input', `a soft mask is square; ${probabilities.length} values are not`);
    }
    this.x = x;
    this.y = y;
    this.width = width;
    this.height = height;
    this.runs = runsFrom(fields);
    this.imageSize = imageSize;
    this.probabilities = owned(probabilities);
    this.box = box ?? { x, y, width, height };
    this.isAligned = isAligned;
  }

  /**
   * A mask from COCO's run lengths, packed or not, as `pycocotools` and COCO's files have them.
   *
   * @throws `invalid-input` where they are malformed or do not fill the image
   */
  static fromRle(rle: Rle | RunLengths): Mask {
    const patch = decodeRle(rle);
    const [height, width] = rle.size;
    return new Mask({ ...patch, imageSize: { width, height } });
  }

  /**
   * 1 where the instance is, 0 elsewhere; `width * height`, row by row. Decoded when it is asked for: what is written into
   * it does not change the mask.
   */
  get data(): Uint8Array<ArrayBuffer> {
    const { runs } = this;
    const before = decoded.get(runs)?.deref();
    if (before) return before;
    const data = decodeRuns(runs, this);
    decoded.set(runs, new WeakRef(data));
    return data;
  }

  /** The number of pixels that belong to the instance. */
  get area(): number {
    return areaOf(this.runs);
  }

  /** The mean of the centres of the instance's pixels; `undefined` for a mask without any. */
  get centroid(): Point | undefined {
    let [sumX, sumY, area] = [0, 0, 0];
    forEachSpan(this.runs, this.width, (row, start, end) => {
      const count = end - start;
      sumX += (count * (start + end)) / 2;
      sumY += count * (row + 0.5);
      area += count;
    });
    return area === 0 ? undefined : { x: this.x + sumX / area, y: this.y + sumY / area };
  }

  /**
   * Whether a pixel of the image belongs to the instance.
   *
   * @throws `invalid-input` unless both are numbers
   */
  has(x: number, y: number): boolean {
    if (typeof x !== 'number' || typeof y !== 'number') {
      throw new MaskRcnnError(
        'invalid-input',
        `a pixel's column and row must be numbers, not ${kindOf(x)} and ${kindOf(y)}`,
      );
    }
    const [column, row] = [Math.floor(x) - this.x, Math.floor(y) - this.y];
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return false;
    return hasPixel(this.runs, row * this.width + column);
  }

  /** The soft mask, 0 to 1, at the mask's own pixels: `width * height`, row by row; {@link Mask.data} where there is none. */
  toProbabilityMap(): Float32Array<ArrayBuffer> {
    if (this.probabilities.length === 0) return Float32Array.from(this.data);
    return probabilityMap(this.probabilities, this.box, this.isAligned, this);
  }

  /** The mask on the whole image as COCO's tools pack it. */
  toRle(): Rle {
    return encodeRle(this.imageSize, this);
  }

  /** For `JSON.stringify`: run lengths, which {@link Mask.fromRle} reads; the soft mask is left out. */
  toJSON(): Rle {
    return this.toRle();
  }

  /** The outlines, and those of holes, in pixels of the image. */
  toPolygons(options?: OutlineOptions): Polygon[] {
    return polygonsOf(this, options);
  }

  /** The outlines as the `d` of an SVG path, in pixels of the image; to be filled with `fill-rule="evenodd"`. */
  toSvgPath(options?: OutlineOptions): string {
    return pathOf(this.toPolygons(options));
  }

  /**
   * The mask as an image of its own size, in one colour on transparent ground; `undefined` for a mask without pixels.
   *
   * @param color red, green, blue and alpha, 0 to 255 each
   */
  toImageData(color: readonly [number, number, number, number] = [255, 255, 255, 255]): ImageData | undefined {
    if (!Array.isArray(color) || color.length !== 4) {
      throw new MaskRcnnError('invalid-input', `a mask's colour is [red, green, blue, alpha], not ${kindOf(color)}`);
    }
    for (const part of color) checkNumber(part, "each part of a mask's colour", { max: 255 });
    if (this.width === 0 || this.height === 0) return undefined;
    const image = new ImageData(this.width, this.height);
    forEachSpan(this.runs, this.width, (row, start, end) => {
      for (let i = row * this.width + start; i < row * this.width + end; i++) image.data.set(color, i * 4);
    });
    return image;
  }
}

/** The runs that a mask is made of, or those of its pixels. */
function runsFrom(fields: MaskFields): Uint32Array {
  const { width, height, runs } = fields;
  // A mask itself has its pixels as well, and need not decode them to be copied.
  const data = fields instanceof Mask ? undefined : fields.data;
  if (data === undefined) {
    checkRuns(runs as Uint32Array, fields);
    return owned(runs as Uint32Array);
  }
  if (data.length !== width * height) {
    throw new MaskRcnnError(
      'invalid-input',
      `a mask of ${width}×${height} pixels needs as many bytes, not ${data.length}`,
    );
  }
  checkPixels(data);
  return encodeRuns(data);
}

/** Masks are large: a plain loop takes a tenth of the time of `find` or `every`. */
function checkPixels(data: Uint8Array): void {
  for (let index = 0; index < data.length; index++) {
    const pixel = data[index] as number;
    if (pixel > 1) throw new MaskRcnnError('invalid-input', `a mask's pixels are 0 or 1, not ${pixel}`);
  }
}

/** Checks the fields' kinds; the constructor checks that they fit. */
function checkFields(fields: MaskFields): void {
  checkObject(fields, 'what a mask is made of');
  const { imageSize, probabilities, box } = fields;
  const data = fields instanceof Mask ? undefined : fields.data;
  if (data === undefined && fields.runs === undefined) {
    throw new MaskRcnnError('invalid-input', 'a mask needs its pixels: `data`, a Uint8Array, or `runs`, a Uint32Array');
  }
  if (data !== undefined && !/^Uint8(Clamped)?Array$/.test(kindOf(data))) {
    throw new MaskRcnnError('invalid-input', `the data of a mask must be a Uint8Array, not ${kindOf(data)}`);
  }
  if (probabilities !== undefined && kindOf(probabilities) !== 'Float32Array') {
    throw new MaskRcnnError(
      'invalid-input',
      `the probabilities of a mask must be a Float32Array, not ${kindOf(probabilities)}`,
    );
  }
  const { x, y, width, height } = fields;
  for (const [name, value] of Object.entries({ x, y, width, height })) {
    checkNumber(value ?? Number.NaN, `the ${name} of a mask`, { isWhole: true });
  }
  const size = fieldsOf(imageSize, ['width', 'height'], 'the imageSize of a mask');
  for (const [name, value] of Object.entries(size)) {
    checkNumber(value ?? Number.NaN, `the ${name} of the imageSize of a mask`, { isWhole: true });
  }
  if (box !== undefined) checkBox(box, 'the box of a mask');
}

/** An array that has its buffer to itself. */
function owned<Values extends Uint32Array | Float32Array>(values: Values): Values {
  return values.byteLength === values.buffer.byteLength ? values : (values.slice() as Values);
}
