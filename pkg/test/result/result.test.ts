import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Mask,
  type MaskFields,
  type PlainDetection,
  type PlainResult,
  type RunLengths,
  SegmentResult,
} from '../../src/index.ts';
import { exampleResult, isInvalid, maskOf } from '../fixtures.ts';

describe('a result', () => {
  test('tells what is at a point, the smallest first', () => {
    const result = exampleResult();
    const [large, small, box] = result.detections;
    assert.equal(result.at(4.9, 6), small);
    assert.equal(result.at(2, 3), large);
    assert.equal(result.at(11.99, 12.99), large);
    assert.equal(result.at(12, 12), undefined);
    assert.equal(result.at(24.4, 2.5), box);
    assert.equal(result.at(24.5, 2.5), undefined);
    assert.equal(result.at(-1, 0), undefined);
  });

  test('comes back from JSON and from a structured clone', () => {
    const result = exampleResult();
    const fromJson = SegmentResult.from(JSON.parse(JSON.stringify(result)));
    assert.deepEqual(fromJson, result);
    assert.equal(fromJson.at(4.9, 6), fromJson.detections[1]);
    assert.deepEqual(SegmentResult.from(structuredClone(result)), result);
    const input = { channels: [2], scale: 0.5, tiles: { count: 4, side: 512, overlap: 64, done: 4 } };
    const known = new SegmentResult({ ...result, truncated: true, pixelSize: 0.25, input });
    for (const again of [JSON.parse(JSON.stringify(known)), structuredClone(known)]) {
      assert.deepEqual(SegmentResult.from(again), known);
    }
    const [square] = structuredClone(result).detections;
    assert.throws(() => SegmentResult.from({} as PlainResult), isInvalid(/a list of detections/));
    const broken: (MaskFields | RunLengths)[] = [
      { ...maskOf(square), width: 11 },
      { ...maskOf(square), runs: Uint32Array.of(0, 50, 0, 50) },
      { ...maskOf(square), runs: undefined },
      { size: [20, 30], counts: [1] },
    ];
    for (const mask of broken) {
      assert.throws(
        () => SegmentResult.from({ ...result, detections: [{ ...square, mask } as PlainDetection] }),
        isInvalid(/mask/),
      );
    }
  });

  test('shares no runs among its masks: one detection is cloned or sent alone', () => {
    const all = new Uint32Array(10_000).fill(3);
    const soft = new Float32Array(10_000).fill(0.5);
    const detections = exampleResult()
      .detections.slice(0, 2)
      .map((detection, i) => {
        const fields = { x: i, y: 0, width: 2, height: 3, imageSize: { width: 30, height: 20 } };
        const [runs, probabilities] = [all.subarray(i * 2, i * 2 + 2), soft.subarray(i * 4, i * 4 + 4)];
        return { ...detection, mask: new Mask({ ...fields, runs, probabilities }) };
      });
    const { mask } = structuredClone(detections[1]);
    assert.deepEqual([mask.runs.buffer.byteLength, mask.probabilities?.buffer.byteLength], [8, 16]);
    assert.deepEqual(Object.keys(mask).sort(), Object.keys(detections[1].mask).sort());
    assert.deepEqual(new Mask(mask), detections[1].mask);
    assert.deepEqual([...new Mask(mask).data], [0, 0, 0, 1, 1, 1]);
    // Its buffers can be handed over, and the other masks keep theirs.
    structuredClone(detections[1], { transfer: [detections[1].mask.runs.buffer] });
    assert.deepEqual([detections[0].mask.area, detections[1].mask.area], [3, 0]);
    const plain = SegmentResult.from({ ...exampleResult(), detections: [structuredClone(detections[0])] });
    assert.equal(maskOf(plain.detections[0]).area, 3);
  });

  test('has masks that are run lengths in JSON, one by one, too', () => {
    const [large] = exampleResult().detections;
    const { mask, ...rest } = JSON.parse(JSON.stringify(large));
    assert.deepEqual(mask, maskOf(large).toRle());
    assert.deepEqual(Mask.fromRle(mask), large.mask);
    assert.deepEqual(rest, { label: 'cell', classId: 1, score: 0.9, box: large.box });
  });

  test('is filtered by score, label and number', () => {
    const result = exampleResult();
    const [large, small, box] = result.detections;
    assert.deepEqual(result.filter({ scoreThreshold: 0.25 }).detections, [large, small]);
    assert.deepEqual(result.filter({ classes: ['box'] }).detections, [box]);
    assert.deepEqual(result.filter({ excludeClasses: ['box'] }).detections, [large, small]);
    assert.deepEqual(result.filter({ classes: ['cell', 'box'], maxDetections: 1 }).detections, [large]);
    const { detections, inspection, ...rest } = result.filter({});
    assert.deepEqual(detections, result.detections);
    assert.equal(inspection, undefined);
    const timing = { backend: 'cpu', milliseconds: 12, readBacks: 1 };
    const unknown = { pixelSize: undefined, input: undefined };
    assert.deepEqual(rest, { width: 30, height: 20, truncated: false, timing, ...unknown });
  });
});
