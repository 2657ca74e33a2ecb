import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { decode } from '../../../tests/reference/safetensors.mjs';
import { Mask, type MaskFields, type Size } from '../../src/index.ts';
import { drawn, isInvalid, randomMasks } from '../fixtures.ts';

/** Cells on a side of the network's soft masks. */
const MASK_SIDE = 28;
const CELLS = MASK_SIDE * MASK_SIDE;

describe('soft masks', () => {
  /** A soft mask over a box, as x1, y1, x2, y2, on all pixels of its imageSize. */
  function softOn(
    { width, height }: Size,
    corners: ArrayLike<number>,
    soft: Pick<MaskFields, 'probabilities' | 'isAligned'>,
  ) {
    const [x1, y1, x2, y2] = Array.from(corners);
    const mask = new Mask({
      ...{ x: 0, y: 0, width, height, ...soft },
      data: new Uint8Array(width * height),
      imageSize: { width, height },
      box: { x: x1, y: y1, width: x2 - x1, height: y2 - y1 },
    });
    return mask.toProbabilityMap();
  }

  test('lie where torchvision pastes them', () => {
    const { tensors } = decode(readFileSync(new URL('../../../tests/reference/ops.safetensors', import.meta.url)));
    const [masks, boxes, pasted] = ['mask', 'boxes', 'out'].map((name) =>
      Float32Array.from(tensors.get(`paste.${name}`)?.data ?? []),
    );
    const imageSize = { width: 83, height: 61 };
    const pixels = imageSize.width * imageSize.height;
    assert.ok(boxes.length > 4);
    for (let i = 0; i < boxes.length / 4; i++) {
      const corners = boxes.slice(i * 4, i * 4 + 4);
      const soft = softOn(imageSize, corners, { probabilities: masks.slice(i * CELLS, (i + 1) * CELLS) });
      const wanted = pasted.slice(i * pixels, (i + 1) * pixels);
      wanted.forEach((value, at) => {
        assert.ok(Math.abs(soft[at] - value) < 1e-5, `mask ${i} at ${at}: ${soft[at]}, not ${value}`);
      });
    }
  });

  test('that are aligned cover the pixels whose centres are in the box', () => {
    const probabilities = new Float32Array(CELLS).fill(1);
    const soft = softOn({ width: 20, height: 20 }, [3.4, 5.6, 10.4, 8.4], { probabilities, isAligned: true });
    soft.forEach((value, i) => {
      const [x, y] = [i % 20, Math.floor(i / 20)];
      assert.equal(value >= 0.5, x >= 3 && x < 10 && y >= 6 && y < 8, `${x}, ${y}`);
    });
  });
});

describe('a mask', () => {
  test('knows its centroid, unless it is empty', () => {
    const { centroid } = drawn('....', '..##');
    assert.deepEqual(centroid, { x: 3, y: 1.5 });
    const empty = drawn('..', '..');
    assert.deepEqual([empty.area, empty.centroid, empty.toSvgPath()], [0, undefined, '']);
  });

  test('without probabilities is its own soft mask', () => {
    assert.deepEqual([...drawn('#.#').toProbabilityMap()], [1, 0, 1]);
  });

  test('is the same of its pixels and of its runs', () => {
    for (const mask of randomMasks(300)) {
      const { x, y, width, height, imageSize, data, runs } = mask;
      assert.equal(data.length, width * height);
      assert.ok(runs.subarray(1).every((run) => run > 0));
      assert.deepEqual(new Mask({ x, y, width, height, imageSize, data }), mask);
      const fromRuns = new Mask({ x, y, width, height, imageSize, runs: runs.slice() });
      assert.deepEqual(fromRuns, mask);
      assert.deepEqual(fromRuns.data, data);
      assert.deepEqual(new Mask(mask), mask);
      const inside = [...data.keys()].filter((i) => data[i] === 1);
      assert.equal(mask.area, inside.length);
      const { centroid } = mask;
      const mean = (of: (i: number) => number) => inside.reduce((sum, i) => sum + of(i), 0) / inside.length;
      assert.equal(centroid === undefined, inside.length === 0);
      if (centroid) {
        assert.ok(Math.abs(centroid.x - mean((i) => x + (i % width) + 0.5)) < 1e-9);
        assert.ok(Math.abs(centroid.y - mean((i) => y + Math.floor(i / width) + 0.5)) < 1e-9);
      }
      for (let i = -1; i <= width; i++) {
        for (let j = -1; j <= height; j++) {
          const isInside = i >= 0 && j >= 0 && i < width && j < height && data[j * width + i] === 1;
          assert.equal(mask.has(x + i + 0.5, y + j), isInside);
        }
      }
    }
  });

  test('takes new pixels with the other fields of another mask, and keeps its own', () => {
    const mask = drawn('##', '..');
    const other = new Mask({ ...mask, data: Uint8Array.of(0, 1, 0, 1) });
    assert.deepEqual(
      [[...other.runs], [...mask.runs]],
      [
        [1, 1, 1, 1],
        [0, 2, 2],
      ],
    );
    mask.data.fill(1);
    assert.equal(mask.area, 2);
  });

  test('refuses runs that are not those of its pixels', () => {
    const fields = { x: 0, y: 0, width: 2, height: 2, imageSize: { width: 4, height: 4 } };
    const make = (runs: unknown) => () => new Mask({ ...fields, runs } as MaskFields);
    assert.throws(make(Uint32Array.of(0, 3)), isInvalid(/2×2 pixels needs runs of as many pixels; these hold 3/));
    assert.throws(make(Uint32Array.of(1, 0, 3)), isInvalid(/only the first may be empty; number 2 is/));
    assert.throws(make([0, 4]), isInvalid(/runs of a mask must be a Uint32Array, not Array/));
    assert.throws(make(undefined), isInvalid(/needs its pixels: `data`, a Uint8Array, or `runs`/));
    assert.throws(make(new Uint32Array(0)), isInvalid(/these hold 0/));
    assert.equal(new Mask({ ...fields, width: 0, runs: new Uint32Array(0) }).area, 0);
  });

  test('must fit its image', () => {
    const imageSize = { width: 4, height: 4 };
    const make = (fields: Partial<MaskFields>) => () =>
      new Mask({ x: 0, y: 0, width: 2, height: 2, imageSize, data: new Uint8Array(4), ...fields });
    assert.throws(make({ data: new Uint8Array(3) }), isInvalid(/needs as many bytes, not 3/));
    assert.throws(make({ x: 3 }), isInvalid(/does not lie in an image of 4×4/));
    assert.throws(make({ y: -1 }), isInvalid(/y of a mask must be a whole number of 0 or more, not -1/));
    assert.throws(make({ x: 0.5 }), isInvalid(/x of a mask must be a whole number of 0 or more, not 0.5/));
    assert.throws(make({ probabilities: new Float32Array(5) }), isInvalid(/a soft mask is square/));
  });
});
