import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Mask, SegmentResult } from '../../src/index.ts';
import { arraysOf, resultFromArrays } from '../../src/result/arrays.ts';
import { onImage, randomMasks } from '../fixtures.ts';

/** A result with masks of all kinds in one image. */
function manyMasks(): SegmentResult {
  const size = { width: 60, height: 50 };
  const detections = randomMasks(200).map((mask, i) => {
    const { x, y, width, height, runs } = mask;
    const box = { x, y, width, height };
    const moved = new Mask({ ...box, runs, imageSize: size, box });
    return { label: i % 2 ? 'cell' : 'debris', classId: 1 + (i % 2), score: 1 - i / 256, box, mask: moved };
  });
  return new SegmentResult({ ...size, detections });
}

const LABELS = ['background', 'debris', 'cell'];

describe('a result as a struct of arrays', () => {
  test('has the same objects, their masks cut to their pixels', () => {
    const result = manyMasks();
    const arrays = arraysOf(result);
    const again = resultFromArrays(arrays, LABELS);
    assert.equal(again.detections.length, result.detections.length);
    again.detections.forEach(({ mask, ...rest }, i) => {
      const { mask: before, ...wanted } = result.detections[i];
      assert.deepEqual(rest, wanted);
      assert.ok(mask && before);
      assert.deepEqual(onImage(mask), onImage(before));
      const isEmpty = before.area === 0;
      const edges = [0, mask.width - 1].map((column) => mask.data.some((p, at) => p && at % mask.width === column));
      const rows = [mask.data.subarray(0, mask.width), mask.data.subarray(-mask.width)].map((row) => row.includes(1));
      assert.ok(isEmpty ? mask.width === 0 : [...edges, ...rows].every(Boolean), `mask ${i} is tight`);
    });
    assert.deepEqual(arraysOf(again), arrays);
  });

  test('has no masks where the network has none, and empty ones where a few are missing', () => {
    const result = manyMasks();
    const boxes = result.detections.map((detection) => ({ ...detection, mask: undefined }));
    const without = arraysOf(new SegmentResult({ ...result, detections: boxes }));
    assert.deepEqual([without.rects, without.runs, without.runEnds], [undefined, undefined, undefined]);
    assert.equal(resultFromArrays(without, LABELS).detections[0].mask, undefined);
    const mixed = arraysOf(new SegmentResult({ ...result, detections: [boxes[0], ...result.detections.slice(1, 3)] }));
    assert.equal(mixed.runEnds?.[0], 0);
    assert.equal(resultFromArrays(mixed, LABELS).detections[0].mask?.area, 0);
    const empty = arraysOf(new SegmentResult({ width: 3, height: 3, detections: [] }));
    assert.deepEqual([empty.scores.length, empty.rects?.length, empty.runs?.length], [0, 0, 0]);
    assert.deepEqual(resultFromArrays(empty, LABELS).detections, []);
  });

  test('keeps what else is known, and names classes without a label', () => {
    const { detections, ...rest } = resultFromArrays(arraysOf(manyMasks()), ['background'], {
      truncated: true,
      pixelSize: 0.5,
    });
    assert.deepEqual([rest.truncated, rest.pixelSize], [true, 0.5]);
    assert.equal(detections[1].label, 'class 2');
  });
});
