// The two families of kernels on WebGPU: which runs, and that both find the same.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(() => {
    globalThis.foundWith = async (options) => {
      const segmenter = await t.load({ settings: t.SHORT, ...options });
      const { gpuKernels } = segmenter;
      const { detections } = await segmenter.segment(await t.pixelsOf('/pictures/tiny.png'));
      segmenter.dispose();
      const found = detections.map(({ classId, score, box }) => [classId, score, box.x, box.y, box.width, box.height]);
      return { gpuKernels, found };
    };
  });
});
after(() => stand.tearDown());

test('the CPU has none', async () => {
  const { gpuKernels } = await page.evaluate(() => foundWith({ backend: 'cpu', gpuKernels: 'tiled' }));
  assert.equal(gpuKernels, undefined);
});

test('both find the same on WebGPU', async () => {
  const [portable, tiled] = await page.evaluate(async () => [
    await foundWith({ backend: 'webgpu', gpuKernels: 'portable' }),
    await foundWith({ backend: 'webgpu', gpuKernels: 'tiled' }),
  ]);
  assert.deepEqual([portable.gpuKernels, tiled.gpuKernels], ['portable', 'tiled']);
  assert.ok(portable.found.length > 0);
  assert.equal(tiled.found.length, portable.found.length);
  for (const [index, numbers] of portable.found.entries()) {
    for (const [at, number] of numbers.entries()) {
      assert.ok(Math.abs(number - tiled.found[index][at]) < 1e-3, `${numbers} is not ${tiled.found[index]}`);
    }
  }
});

test('a software adapter runs the portable ones, unless told otherwise', async () => {
  const isSoftware = await page.evaluate(async () => {
    const { info } = await navigator.gpu.requestAdapter();
    return /swiftshader|llvmpipe/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
  });
  const { gpuKernels } = await page.evaluate(() => foundWith({ backend: 'webgpu' }));
  assert.equal(gpuKernels, isSoftware ? 'portable' : 'tiled');
});

test('anything else is refused', async () => {
  const code = await page.evaluate(async () => (await t.outcome(t.load({ gpuKernels: 'fast' }))).code);
  assert.equal(code, 'invalid-input');
});
