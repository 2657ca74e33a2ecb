import { checkObject } from '../arguments.js';
import { MOVED_CSV_OPTIONS, refuseMoved } from '../moved-options.js';
import type { SegmentResult } from '../result/result.js';
import { type MeasureOptions, withMeasured } from './measure.js';
import { checkBoolean, checkChoice, checkString, fileOf } from './object-set.js';

/** How measures are written as comma-separated values. */
export interface CsvOptions extends MeasureOptions {
  /** What is between two cells: a comma by default, a semicolon or a tab. */
  delimiter?: ',' | ';' | '\t';
  /** What is before a number's decimals: a point by default, or a comma, which needs another delimiter. */
  decimal?: '.' | ',';
  /** Whether the file begins with a byte order mark, by which Excel knows UTF-8; `false` by default. */
  bom?: boolean;
  /** What the image's file is called: a first column, `image`, has it in every row; without it there is no such column. */
  imageName?: string;
}

/** Measures as comma-separated values (RFC 4180), a row for each object. */
export async function csvOf(result: SegmentResult, options: CsvOptions): Promise<Blob> {
  checkObject(options, 'the options');
  refuseMoved(options, MOVED_CSV_OPTIONS);
  const { delimiter, decimal, bom, imageName: fileName } = options;
  checkChoice(delimiter, 'delimiter', [',', ';', '\t']);
  checkChoice(decimal, 'decimal', ['.', ',']);
  checkBoolean(bom, 'bom');
  checkString(fileName, 'imageName');
  return withMeasured(result, options, { fileName }, (objects) => {
    return fileOf(objects, 'csv', { delimiter, decimal, bom }, 'text/csv;charset=utf-8');
  });
}
