// While a model is loaded, shaders are compiled step by step.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
});
beforeEach(async () => {
  page = await stand.page();
  await page.evaluate(() => {
    globalThis.loadOnGpu = (options) => t.load({ backend: 'webgpu', ...options });
    /** Loads on the GPU and aborts as soon as `compiled` steps are done; how that ends, and after which steps. */
    globalThis.stopAfter = async (compiled, options) => {
      const stop = new AbortController();
      const steps = [];
      const onProgress = ({ phase, loaded, total }) => {
        if (phase !== 'compile') return;
        steps.push([loaded, total]);
        if (loaded === compiled) stop.abort();
      };
      const { code } = await t.outcome(loadOnGpu({ ...options, signal: stop.signal, onProgress }));
      return { code, steps };
    };
  });
});
after(() => stand.tearDown());

for (const worker of [true, false]) {
  test(`each step is reported, ${worker ? 'in a worker' : 'on the page’s own thread'}`, async () => {
    const steps = await page.evaluate(async (worker) => {
      const steps = [];
      const segmenter = await loadOnGpu({ worker, onProgress: (step) => steps.push(step) });
      segmenter.dispose();
      return steps;
    }, worker);
    const first = steps.findIndex(({ phase }) => phase === 'compile');
    assert.equal(steps[first - 1].phase, 'prepare');
    const { total } = steps[first];
    assert.ok(total > 5, `${total} steps`);
    assert.deepEqual(
      steps.slice(first),
      Array.from({ length: total + 1 }, (_, loaded) => ({ phase: 'compile', loaded, total })),
    );
    await page.close();
  });
}

test('on the page’s own thread other tasks run between two steps', async () => {
  const turns = await page.evaluate(async () => {
    const turns = [];
    const { port1, port2 } = new MessageChannel();
    let count = 0;
    port1.onmessage = () => {
      count++;
      port2.postMessage(undefined);
    };
    port2.postMessage(undefined);
    const onProgress = ({ phase }) => phase === 'compile' && turns.push(count);
    const segmenter = await loadOnGpu({ worker: false, onProgress });
    port1.close();
    segmenter.dispose();
    return turns;
  });
  for (const [step, count] of turns.entries()) assert.ok(step === 0 || count > turns[step - 1], `${turns}`);
  await page.close();
});

test('the GPU is waited for only after all work was submitted', async () => {
  const waits = await page.evaluate(async () => {
    const { mapAsync } = GPUBuffer.prototype;
    let release;
    const released = new Promise((resolve) => {
      release = resolve;
    });
    let waits = 0;
    GPUBuffer.prototype.mapAsync = async function (...mode) {
      waits++;
      await released;
      return mapAsync.apply(this, mode);
    };
    // No read-back completes before.
    const onProgress = ({ phase, loaded, total }) => phase === 'compile' && 2 * loaded === total && release(waits);
    const segmenter = await loadOnGpu({ worker: false, onProgress });
    segmenter.dispose();
    return [await released, waits];
  });
  assert.ok(waits[0] > 5, `${waits[0]} waits`);
  assert.equal(waits[1], waits[0]);
  await page.close();
});

test('a shader that does not compile is a typed error', async () => {
  const { code } = await page.evaluate(() => {
    const { createComputePipeline } = GPUDevice.prototype;
    let pipelines = 0;
    GPUDevice.prototype.createComputePipeline = function (descriptor) {
      const refused = { ...descriptor, compute: { ...descriptor.compute, entryPoint: 'none' } };
      return createComputePipeline.call(this, ++pipelines === 3 ? refused : descriptor);
    };
    return t.outcome(loadOnGpu({ worker: false }));
  });
  assert.equal(code, 'internal');
  await page.close();
});

test('on the CPU there is nothing to compile', async () => {
  const phases = await page.evaluate(async () => {
    const phases = new Set();
    const segmenter = await t.load({ onProgress: ({ phase }) => phases.add(phase) });
    segmenter.dispose();
    return [...phases];
  });
  assert.deepEqual(phases, ['download', 'prepare']);
  await page.close();
});

test('aborted on the page’s own thread, no further step is compiled, and the next load works', async () => {
  const [stopped, before, after, next] = await page.evaluate(async () => {
    const { createComputePipeline } = GPUDevice.prototype;
    let pipelines = 0;
    GPUDevice.prototype.createComputePipeline = function (descriptor) {
      pipelines++;
      return createComputePipeline.call(this, descriptor);
    };
    const stopped = await stopAfter(2, { worker: false });
    const before = pipelines;
    // A new instance, which compiles everything again.
    const segmenter = await loadOnGpu({ worker: false });
    const after = pipelines - before;
    const { code } = await t.outcome(segmenter.segment(t.plainImage(32, 32)));
    segmenter.dispose();
    return [stopped, before, after, code];
  });
  assert.equal(stopped.code, 'aborted');
  assert.deepEqual(stopped.steps.at(-1)[0], 2);
  assert.ok(before > 0 && before < after / 2, `${before} of ${after} pipelines`);
  assert.equal(next, 'none');
  await page.close();
});

test('aborted in a worker that another segmenter shares, the other continues, and so does the next load', async () => {
  const [stopped, codes] = await page.evaluate(async () => {
    const small = { settings: t.SHORT };
    const first = await loadOnGpu(small);
    const stopped = await stopAfter(1, small);
    const second = await loadOnGpu(small);
    const calls = [first, second].map((segmenter) => t.outcome(segmenter.segment(t.plainImage(32, 32))));
    const codes = (await Promise.all(calls)).map(({ code }) => code);
    for (const segmenter of [first, second]) segmenter.dispose();
    return [stopped, codes];
  });
  assert.equal(stopped.code, 'aborted');
  assert.deepEqual(codes, ['none', 'none']);
  await workersLeft(page, 0);
  await page.close();
});

test('what `onProgress` throws is what loading rejects with', async () => {
  const message = await page.evaluate(async () => {
    const onProgress = ({ phase }) => {
      if (phase === 'compile') throw new Error('of the page');
    };
    return loadOnGpu({ onProgress }).then(
      () => 'nothing',
      (error) => error.message,
    );
  });
  assert.equal(message, 'of the page');
  await workersLeft(page, 0);
  await page.close();
});
