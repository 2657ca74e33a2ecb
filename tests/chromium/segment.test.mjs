import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readDetections } from '../reference/reference.mjs';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';

const BOX_TOLERANCE = 0.05;
const SCORE_TOLERANCE = 1e-3;
const EQUAL_PIXELS = 0.999;
// Scores that lie closer than this may change places through rounding.
const NOISE = 1e-4;

const reference = readDetections(new URL('../reference/tiny_ref_128.safetensors', import.meta.url));
let stand;
before(async () => {
  stand = await setUp();
});
after(() => stand.tearDown());

const MODULES = [
  { wasm: 'cpu_relaxed', backend: 'cpu' },
  { wasm: 'cpu', backend: 'cpu' },
  { wasm: 'webgpu', backend: 'webgpu' },
];

for (const { wasm, backend } of MODULES) {
  describe(`the reference image with the module ${wasm}`, () => {
    let result;
    let again;
    let fetched;
    before(async () => {
      const page = await stand.page();
      const from = stand.server.requests.length;
      [result, again] = await page.evaluate(
        async ({ wasm, backend }) => {
          // As in an engine without relaxed SIMD; on the page's own thread, where it can be put in.
          if (wasm === 'cpu') WebAssembly.validate = () => false;
          const segmenter = await t.load({ backend, worker: wasm === 'cpu' ? false : undefined });
          const image = await t.fetchBlob('/pictures/tiny.png');
          const results = [await segmenter.segment(image), await segmenter.segment(image)];
          return results.map((result) => ({
            ...result,
            detections: result.detections.map(({ mask, ...rest }) => ({
              ...rest,
              mask: { ...mask, data: Array.from(mask.data), probabilities: Array.from(mask.probabilities) },
            })),
            asked: segmenter.backend,
          }));
        },
        { wasm, backend },
      );
      fetched = stand.server.requests.slice(from).filter((path) => path.endsWith('.wasm'));
      await page.close();
    });

    test('fetches that module alone', () => assert.deepEqual(fetched, [`/package/wasm/maskrcnn_${wasm}_bg.wasm`]));

    test('runs where it was asked to', () => {
      assert.equal(result.timing.backend, backend);
      assert.equal(result.asked, backend);
      assert.deepEqual([result.width, result.height], [TINY.width, TINY.height]);
    });

    test('waits for the GPU once', () => assert.equal(result.timing.readBacks, 1));

    test('finds what torchvision finds', async () => {
      const detections = await reference;
      assert.equal(result.detections.length, detections.length);
      for (const wanted of detections) {
        const found = matching(result, wanted);
        assert.ok(found, `class ${wanted.classId} at ${wanted.box} is missing`);
        assert.ok(Math.abs(found.score - wanted.score) <= SCORE_TOLERANCE, `${found.score} is not ${wanted.score}`);
      }
    });

    test('keeps the order wherever the scores differ by more than noise', async () => {
      const detections = await reference;
      const places = detections.map((wanted) => result.detections.indexOf(matching(result, wanted)));
      for (let i = 1; i < places.length; i++) {
        if (detections[i - 1].score - detections[i].score > NOISE) assert.ok(places[i - 1] < places[i]);
      }
    });

    test('masks are the same in 99.9 % of their pixels', async () => {
      const detections = await reference;
      for (const wanted of detections) {
        const mask = onImage(matching(result, wanted).mask);
        const equal = mask.reduce((sum, pixel, i) => sum + (pixel === wanted.mask[i]), 0) / mask.length;
        assert.ok(equal >= EQUAL_PIXELS, `only ${equal} of the mask at ${wanted.box} is the same`);
      }
    });

    test('soft masks are probabilities', () => {
      const probabilities = result.detections.flatMap(({ mask }) => mask.probabilities);
      assert.equal(probabilities.length, result.detections.length * TINY.maskSide ** 2);
      assert.ok(probabilities.every((value) => value >= 0 && value <= 1));
      assert.ok(probabilities.some((value) => value > 0.5));
    });

    test('labels are those of the class numbers', () => {
      for (const { label, classId } of result.detections) assert.equal(label, COCO[classId] ?? label);
    });

    test('a second run gives the same', () => {
      const withoutTime = ({ timing, ...rest }) => rest;
      assert.deepEqual(withoutTime(again), withoutTime(result));
    });
  });
}

const COCO = { 1: 'person', 3: 'car', 17: 'cat', 18: 'dog', 44: 'bottle', 90: 'toothbrush' };

function matching({ detections }, { classId, box }) {
  return detections.find((found) => {
    const corners = [found.box.x, found.box.y, found.box.x + found.box.width, found.box.y + found.box.height];
    return found.classId === classId && corners.every((corner, i) => Math.abs(corner - box[i]) <= BOX_TOLERANCE);
  });
}

/** A mask on an image of the reference's size. */
function onImage({ x, y, width, height, data }) {
  const pixels = new Uint8Array(TINY.width * TINY.height);
  for (let row = 0; row < height; row++) {
    pixels.set(data.slice(row * width, (row + 1) * width), (y + row) * TINY.width + x);
  }
  return pixels;
}
