import { checkNumber, checkObject, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import type { Detection } from '../result/detection.js';

/** How measurements are written. */
export interface CsvOptions {
  /** Length of a pixel's side in units of the world; when it is given, area and perimeter come in that unit, too. */
  pixelSize?: number;
  /** The name of that unit, for the heads of the columns; `'um'`, micrometres, by default. */
  unit?: string;
}

/**
 * Measurements as comma-separated values (RFC 4180): a row for each object and a head that names the columns.
 *
 * Lengths are in pixels of the image. A cell without a number is empty: a mask without pixels has no centroid, and
 * without a mask there is no area. Text that a spreadsheet would take for a formula is preceded by an apostrophe.
 */
export function csvOf(detections: readonly Detection[], options: CsvOptions = {}): string {
  checkObject(options, 'the options');
  const { pixelSize, unit = 'um' } = options;
  checkNumber(pixelSize, 'pixelSize', { above: 0 });
  if (typeof unit !== 'string') throw new MaskRcnnError('invalid-input', `unit must be a string, not ${kindOf(unit)}`);
  const head = ['id', 'label', 'score', 'x', 'y', 'width', 'height', 'area', 'centroid_x', 'centroid_y', 'perimeter'];
  if (pixelSize !== undefined) head.push(`area_${unit}2`, `perimeter_${unit}`);
  const rows = detections.map(({ label, score, box, mask }, index) => {
    const [area, centroid, perimeter] = [mask?.area, mask?.centroid, mask?.perimeter];
    const row = [index + 1, label, rounded(score, 4), ...[box.x, box.y, box.width, box.height].map(inPixels)];
    row.push(area ?? '', inPixels(centroid?.x), inPixels(centroid?.y), inPixels(perimeter));
    if (pixelSize !== undefined) {
      row.push(significant(area, pixelSize ** 2), significant(perimeter, pixelSize));
    }
    return row;
  });
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A cell: quoted where it must be, and never a formula. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^\s*[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const inPixels = (value: number | undefined) => (value === undefined ? '' : rounded(value, 2));

function rounded(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}

/** A length or an area in units of the world: six digits, as there is no telling how small the unit makes it. */
function significant(value: number | undefined, scale: number): number | '' {
  return value === undefined ? '' : Number((value * scale).toPrecision(6));
}
