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
    globalThis.dtypeOf = async (options) => {
      const segmenter = await t.load({ settings: t.SHORT, ...options });
      const { dtype } = segmenter;
      const { code } = await t.outcome(segmenter.segment(t.plainImage(32, 32)));
      segmenter.dispose();
      return [dtype, code];
    };
  });
});
after(() => stand.tearDown());

for (const backend of ['cpu', 'webgpu']) {
  test(`it is single precision when nothing is said, ${backend}`, async () => {
    assert.deepEqual(await page.evaluate((backend) => dtypeOf({ backend }), backend), ['f32', 'none']);
  });
}

test('on the CPU it stays single precision', async () => {
  const options = { backend: 'cpu', dtype: 'f16' };
  assert.deepEqual(await page.evaluate((options) => dtypeOf(options), options), ['f32', 'none']);
});

test('on WebGPU it is half precision exactly where the GPU has it', async () => {
  const hasF16 = await page.evaluate(async () => (await navigator.gpu.requestAdapter()).features.has('shader-f16'));
  if (!hasF16) console.log('this adapter has no shader-f16: that half precision is not taken is all that is tested');
  const options = { backend: 'webgpu', dtype: 'f16' };
  const wanted = [hasF16 ? 'f16' : 'f32', 'none'];
  assert.deepEqual(await page.evaluate((options) => dtypeOf(options), options), wanted);
});

// Portable kernels multiply in single precision in any case.
test('auto is half precision exactly where the GPU has it and runs tiled kernels', async () => {
  const hasF16 = await page.evaluate(async () => (await navigator.gpu.requestAdapter()).features.has('shader-f16'));
  for (const [gpuKernels, wanted] of [
    ['portable', 'f32'],
    ['tiled', hasF16 ? 'f16' : 'f32'],
  ]) {
    const options = { backend: 'webgpu', dtype: 'auto', gpuKernels };
    assert.deepEqual(await page.evaluate((options) => dtypeOf(options), options), [wanted, 'none'], gpuKernels);
  }
  assert.deepEqual(await page.evaluate(() => dtypeOf({ backend: 'cpu', dtype: 'auto' })), ['f32', 'none']);
});

test('anything else is refused', async () => {
  const code = await page.evaluate(async () => (await t.outcome(t.load({ dtype: 'f8' }))).code);
  assert.equal(code, 'invalid-input');
});
