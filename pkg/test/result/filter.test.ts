import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Measures, type ResultFilter, SegmentResult } from '../../src/index.ts';
import { drawn, exampleResult, isInvalid } from '../fixtures.ts';

/** The scores of the objects that are left of the example: 0.9 for the large square, 0.5 for the small one, 0.25 for the box. */
function left(filter: ResultFilter, measured?: Measures, pixelSize?: number): number[] {
  const result = new SegmentResult({ ...exampleResult(), pixelSize });
  return result.filter(filter, measured).detections.map(({ score }) => score);
}

describe('a filter', () => {
  test('takes areas in pixels, the limits included', () => {
    assert.deepEqual(left({ minArea: 4 }), [0.9, 0.5, 0.25]);
    assert.deepEqual(left({ minArea: 4.5 }), [0.9, 0.25]);
    assert.deepEqual(left({ maxArea: 99 }), [0.5, 0.25]);
    assert.deepEqual(left({ minArea: 27, maxArea: 27 }), [0.25]);
  });

  test('takes areas in square micrometres where the result knows its pixels’ size', () => {
    const filter: ResultFilter = { minArea: { squareMicrometres: 5 }, maxArea: { squareMicrometres: 25 } };
    assert.deepEqual(left(filter, undefined, 0.5), [0.9, 0.25]);
    assert.throws(() => left(filter), isInvalid(/minArea is in square micrometres, and the result has no pixelSize/));
    for (const maxArea of [{}, { squareMicrometres: -1 }, { micrometres: 2 }]) {
      assert.throws(() => left({ maxArea } as ResultFilter, undefined, 1), isInvalid(/squareMicrometres of maxArea/));
    }
  });

  test('leaves out what reaches the border, by its pixels', () => {
    const at = (...rows: string[]) => {
      const mask = drawn(...rows);
      const box = { x: 0, y: 0, width: mask.width, height: mask.height };
      const detections = [{ label: 'cell', classId: 1, score: 1, box, mask }];
      return new SegmentResult({ ...mask.imageSize, detections }).filter({ excludeBorder: true }).detections.length;
    };
    assert.equal(at('....', '.##.', '....'), 1);
    for (const rows of [
      ['.#..', '.##.', '....'],
      ['....', '.##.', '..#.'],
      ['....', '##..', '....'],
      ['....', '..##', '....'],
    ]) {
      assert.equal(at(...rows), 0, rows.join('/'));
    }
    assert.equal(at('....', '....', '....'), 1);
    assert.deepEqual(left({ excludeBorder: true }), [0.9, 0.5, 0.25]);
    const result = exampleResult();
    const [first, , box] = result.detections;
    const moved = { ...box, box: { ...box.box, x: 25.5 } };
    const detections = [first, moved];
    assert.deepEqual(new SegmentResult({ ...result, detections }).filter({ excludeBorder: true }).detections, [first]);
  });

  test('takes ranges of measures, in which NaN never lies', () => {
    const columns = { circularity: Float64Array.of(0.7, 0.95, Number.NaN), solidity: Float64Array.of(1, 1, 0.5) };
    const measured = { count: 3, channels: [], columns } as unknown as Measures;
    assert.deepEqual(left({ measures: { circularity: { min: 0.7, max: 0.9 } } }, measured), [0.9]);
    assert.deepEqual(left({ measures: { circularity: { min: 0.8 } } }, measured), [0.5]);
    assert.deepEqual(left({ measures: { circularity: {} } }, measured), [0.9, 0.5]);
    assert.deepEqual(left({ measures: { circularity: {}, solidity: { max: 0.9 } } }, measured), []);
    assert.deepEqual(left({ measures: { circularity: undefined } }), [0.9, 0.5, 0.25]);
    const wrong: [ResultFilter, Measures | undefined, RegExp][] = [
      [{ measures: { circularity: {} } }, undefined, /await result\.measure\(\)/],
      [{ measures: { circularity: {} } }, { ...measured, count: 2 }, /of 2 objects, and the result has 3/],
      [{ measures: { roundness: {} } as never }, measured, /no measure 'roundness'; there are circularity, solidity/],
      [{ measures: { toString: {} } as never }, measured, /no measure 'toString'/],
      [{ measures: { circularity: { min: '1' as never } } }, measured, /min of circularity must be a number/],
    ];
    for (const [filter, measures, message] of wrong) {
      assert.throws(() => left(filter, measures), isInvalid(message));
    }
  });

  test('says when its limit cut some off', () => {
    const result = exampleResult();
    assert.deepEqual(
      [undefined, 3, 2].map((maxDetections) => result.filter({ maxDetections }).truncated),
      [false, false, true],
    );
    assert.equal(result.filter({ maxDetections: 2, classes: ['box'] }).truncated, false);
    assert.equal(new SegmentResult({ ...result, truncated: true }).filter().truncated, true);
  });
});
