// What the network computes with: half precision where it is asked for and the GPU has it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(() => {
    globalThis.arithmeticOf = async (options) => {
      const segmenter = await t.load({ minSize: 32, preNmsTopN: 20, postNmsTopN: 10, ...options });
      const { arithmetic } = segmenter;
      const { code } = await t.outcome(segmenter.segment(t.plainPicture(32, 32)));
      segmenter.dispose();
      return [arithmetic, code];
    };
  });
});
after(() => stand.tearDown());

for (const backend of ['cpu', 'webgpu']) {
  test(`it is single precision when nothing is said, ${backend}`, async () => {
    assert.deepEqual(await page.evaluate((backend) => arithmeticOf({ backend }), backend), ['f32', 'none']);
  });
}

test('on the CPU it stays single precision', async () => {
  const options = { backend: 'cpu', arithmetic: 'f16' };
  assert.deepEqual(await page.evaluate((options) => arithmeticOf(options), options), ['f32', 'none']);
});

test('on WebGPU it is half precision exactly where the GPU has it', async () => {
  const hasF16 = await page.evaluate(async () => (await navigator.gpu.requestAdapter()).features.has('shader-f16'));
  if (!hasF16) console.log('this adapter has no shader-f16: that half precision is not taken is all that is tested');
  const options = { backend: 'webgpu', arithmetic: 'f16' };
  const wanted = [hasF16 ? 'f16' : 'f32', 'none'];
  assert.deepEqual(await page.evaluate((options) => arithmeticOf(options), options), wanted);
});

test('anything else is refused', async () => {
  const code = await page.evaluate(async () => (await t.outcome(t.load({ arithmetic: 'f8' }))).code);
  assert.equal(code, 'invalid-input');
});
