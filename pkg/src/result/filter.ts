import { checkNumber, checkObject, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { checkFilter, type Detection, type DetectionFilter, isMeant } from './detection.js';
import type { Size } from './geometry.js';
import type { MeasureName, Measures } from './measures.js';
import { tightBox } from './runs.js';

/** An area: in pixels, or in square micrometres, for which the result must know its pixels' size. */
export type Area =
  | number
  | {
      /** The area in µm², more than 0. */
      squareMicrometres: number;
    };

/** Which values of a measure are meant; the limits themselves are. */
export interface MeasureRange {
  /** The least; none by default. */
  min?: number;
  /** The most; none by default. */
  max?: number;
}

/** What {@link SegmentResult.filter} takes. */
export interface ResultFilter extends DetectionFilter {
  /** The maximum number of objects, the best ones; all by default. */
  maxDetections?: number;
  /** Only objects of at least this area, that of the mask or, without one, of the box. */
  minArea?: Area;
  /** Only objects of at most this area. */
  maxArea?: Area;
  /** Whether objects that reach the image's border are left out; `false` by default. */
  excludeBorder?: boolean;
  /**
   * Only objects whose measures lie in these ranges, by the measure's name, such as `circularity`. A measure that an
   * object does not have lies in none.
   */
  measures?: Readonly<Partial<Record<MeasureName, MeasureRange>>>;
}

/** What of a result its filter needs. */
interface Filtered extends Size {
  detections: readonly Detection[];
  pixelSize?: number | undefined;
}

/**
 * The objects that a filter lets through, and whether its limit on their number cut some off.
 *
 * @throws `invalid-input` for a filter that is not valid, or needs what the result does not know
 */
export function chosenOf(
  result: Filtered,
  filter: ResultFilter,
  measured: Measures | undefined,
): { detections: Detection[]; isCutOff: boolean } {
  checkFilter(filter);
  const { maxDetections, excludeBorder = false, measures = {} } = filter;
  checkNumber(maxDetections, 'maxDetections', { isWhole: true });
  if (typeof excludeBorder !== 'boolean')
    throw new MaskRcnnError('invalid-input', `excludeBorder must be true or false, not ${kindOf(excludeBorder)}`);
  const [least, most] = [pixelsOf('minArea', filter, result), pixelsOf('maxArea', filter, result)];
  const ranges = rangesOf(measures, measured, result.detections.length);
  const isChosen = (detection: Detection, index: number): boolean => {
    if (!isMeant(detection, filter)) return false;
    if (least !== undefined || most !== undefined) {
      const area = areaOf(detection);
      if (area < (least ?? 0) || area > (most ?? area)) return false;
    }
    if (excludeBorder && reachesBorder(detection, result)) return false;
    return ranges.every(({ values, min, max }) => {
      const value = values[index] as number;
      return value >= min && value <= max;
    });
  };
  const detections = result.detections.filter(isChosen);
  return {
    detections: detections.slice(0, maxDetections),
    isCutOff: detections.length > (maxDetections ?? Number.POSITIVE_INFINITY),
  };
}

function areaOf({ box, mask }: Detection): number {
  return mask?.area ?? box.width * box.height;
}

/** Whether an object's mask or, without one, its box has pixels in the image's first or last row or column. */
function reachesBorder({ box, mask }: Detection, size: Size): boolean {
  const { x, y, width, height } = mask ? tightBox(mask.runs, mask) : box;
  if (mask && width === 0) return false;
  return x <= 0 || y <= 0 || x + width >= size.width || y + height >= size.height;
}

/** A limit of the area in pixels. */
function pixelsOf(
  name: 'minArea' | 'maxArea',
  { [name]: area }: ResultFilter,
  { pixelSize }: Filtered,
): number | undefined {
  if (typeof area !== 'object' || area === null) {
    checkNumber(area, name);
    return area;
  }
  const { squareMicrometres } = area;
  checkNumber(squareMicrometres ?? Number.NaN, `the squareMicrometres of ${name}`);
  if (pixelSize === undefined) {
    throw new MaskRcnnError(
      'invalid-input',
      `${name} is in square micrometres, and the result has no pixelSize: give segment() one, or an area in pixels`,
    );
  }
  return squareMicrometres / pixelSize ** 2;
}

interface Range {
  values: Float64Array;
  min: number;
  max: number;
}

/** The ranges with the values that they are about. */
function rangesOf(
  ranges: NonNullable<ResultFilter['measures']>,
  measured: Measures | undefined,
  count: number,
): Range[] {
  checkObject(ranges, 'measures');
  const given = Object.entries(ranges).filter(([, range]) => range !== undefined);
  if (given.length === 0) return [];
  if (measured === undefined) {
    throw new MaskRcnnError(
      'invalid-input',
      'a filter by measures needs them: result.filter({ measures }, await result.measure())',
    );
  }
  checkObject(measured, 'the second argument, the measures,');
  if (measured.count !== count) {
    throw new MaskRcnnError(
      'invalid-input',
      `the measures are of ${measured.count} objects, and the result has ${count}: give those of the same result`,
    );
  }
  return given.map(([name, range]): Range => {
    checkObject(range, `the range of ${name}`);
    const { min, max } = range as MeasureRange;
    checkNumber(min, `the min of ${name}`, { min: Number.NEGATIVE_INFINITY });
    checkNumber(max, `the max of ${name}`, { min: Number.NEGATIVE_INFINITY });
    const values = Object.hasOwn(measured.columns, name) ? measured.columns[name as MeasureName] : undefined;
    if (values) return { values, min: min ?? Number.NEGATIVE_INFINITY, max: max ?? Number.POSITIVE_INFINITY };
    const known = Object.keys(measured.columns).join(', ');
    throw new MaskRcnnError('invalid-input', `there is no measure '${name}'; there are ${known}`);
  });
}
