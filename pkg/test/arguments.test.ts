// What needs no browser, called as it should not be: whatever leaves the package is a MaskRcnnError.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { functionsOf, misuse, ODD } from '../../tests/chromium/misuse.mjs';
import * as maskrcnn from '../src/index.ts';
import {
  Mask,
  MaskRcnnError,
  type Measures,
  type PlainDetection,
  type PlainResult,
  type Rle,
  SegmentResult,
} from '../src/index.ts';
import { exampleResult, isInvalid } from './fixtures.ts';

const result = exampleResult();
const [detection] = result.detections;
const { mask } = detection;
assert.ok(mask);

const MASK = ['x', 'y', 'width', 'height', 'data', 'runs', 'imageSize', 'probabilities', 'box'];
const RESULT = ['width', 'height', 'detections', 'truncated', 'pixelSize', 'input', 'timing', 'inspection'];
const FILTER = [
  ...['classes', 'excludeClasses', 'scoreThreshold', 'maxDetections'],
  ...['minArea', 'maxArea', 'excludeBorder', 'measures'],
];
const MEASURES = {
  count: result.detections.length,
  channels: [],
  columns: { circularity: new Float64Array(result.detections.length) },
} as unknown as Measures;

/** A call that is right, and the options of its last argument. */
interface Call {
  // biome-ignore lint/suspicious/noExplicitAny: the arguments are of no type at all
  call: (...args: any[]) => unknown;
  args: unknown[];
  options?: string[];
}

const calls: Record<string, Call> = {
  Mask: { call: (fields) => new Mask(fields), args: [{ ...mask }], options: MASK },
  'Mask.fromRle': {
    call: (rle) => Mask.fromRle(rle),
    args: [{ size: [4, 3], counts: '0<' }],
    options: ['size', 'counts'],
  },
  'Mask.fromRle, its runs': { call: (...counts) => Mask.fromRle({ size: [4, 3], counts }), args: [6, 6] },
  'Mask.fromRle, its size': { call: (...size) => Mask.fromRle({ size, counts: [12] } as never), args: [4, 3] },
  'Mask.has': { call: (x, y) => mask.has(x, y), args: [3, 5] },
  'Mask.toPolygons': { call: (options) => mask.toPolygons(options), args: [{}], options: ['tolerance'] },
  'Mask.toSvgPath': { call: (options) => mask.toSvgPath(options), args: [{}], options: ['tolerance'] },
  SegmentResult: { call: (fields) => new SegmentResult(fields), args: [{ ...result }], options: RESULT },
  'SegmentResult.from': {
    call: (plain) => SegmentResult.from(plain),
    args: [structuredClone(result)],
    options: RESULT,
  },
  'SegmentResult.from, a detection': {
    call: (plain: PlainDetection) => SegmentResult.from({ ...result, detections: [plain] } as PlainResult),
    args: [structuredClone(detection)],
    options: ['label', 'classId', 'score', 'box', 'mask'],
  },
  'SegmentResult.at': { call: (x, y) => result.at(x, y), args: [3, 5] },
  'SegmentResult.filter': { call: (filter) => result.filter(filter), args: [{}], options: FILTER },
  'SegmentResult.filter, by measures': {
    call: (measured, circularity) => result.filter({ measures: { circularity } }, measured),
    args: [MEASURES, { min: 0 }],
    options: ['min', 'max'],
  },
  'SegmentResult.toCoco': {
    call: (options) => result.toCoco(options),
    args: [{ imageId: 1 }],
    options: ['imageId', 'categoryIds'],
  },
  'SegmentResult.toSvg': {
    call: (options) => result.toSvg(options),
    args: [{}],
    options: ['colors', 'fillOpacity', 'tolerance'],
  },
};

describe('with odd arguments, what is thrown is typed by', () => {
  const isTyped = (error: unknown) => error instanceof MaskRcnnError && error.code !== 'internal';
  /** As the browser's own objects, whose fields cannot be read through a framework's Proxy. */
  class Canvas {
    readonly #size = 1;
    get width() {
      return this.#size;
    }
    get height() {
      return this.#size;
    }
  }
  const odd = { ...ODD, 'object of a class': new Canvas(), proxy: new Proxy(new Canvas(), {}) };
  for (const [name, call] of Object.entries(calls)) {
    test(name, async () => assert.deepEqual(await misuse({ ...call, odd }, isTyped), []));
  }

  test('every function of Mask and SegmentResult', () => {
    const functions = functionsOf(maskrcnn).filter((name) => /^(Mask|SegmentResult)\b/.test(name));
    assert.ok(functions.includes('Mask.has'), functions.join());
    // They need ImageData or the module for objects, which Node does not have: tests/chromium/arguments.test.mjs calls them.
    const inBrowsers =
      /^(Mask\.toImageData|SegmentResult\.(measure|toCsv|toLabelImage|toImageJRois|toGeoJson|toCocoFile))$/;
    const missing = functions.filter((name) => !(name in calls) && !inBrowsers.test(name));
    assert.deepEqual(missing, []);
  });
});

describe('an error says what was expected and what to do, for', () => {
  const cases: Record<string, [() => unknown, RegExp]> = {
    'toCoco()': [() => result.toCoco(undefined as never), /\{ imageId \}, must be an object, not undefined/],
    'toCoco({})': [() => result.toCoco({} as never), /imageId must say what the data set calls the image/],
    'at()': [() => result.at(undefined as never, 0), /x must be a number of pixels, not undefined/],
    'classes that are not a list': [
      () => result.filter({ classes: 'cell' as never }),
      /classes must be an array of strings, not a string/,
    ],
    'a filter of an earlier version': [
      () => result.filter({ labels: ['cell'] } as never),
      /`labels` has moved: write `classes`/,
    ],
    'a mask of 0 and 255': [
      () => new Mask({ ...mask, data: new Uint8Array(mask.data.length).fill(255) }),
      /0 or 1, not 255/,
    ],
    'runs that do not fill the mask': [() => Mask.fromRle({ size: [4, 3], counts: '5' } as Rle), /the runs hold 5/],
  };
  for (const [what, [call, message]] of Object.entries(cases)) {
    test(what, () => assert.throws(call, isInvalid(message)));
  }
});
