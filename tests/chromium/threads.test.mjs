import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.image = await t.pixelsOf('/pictures/tiny.png');
    globalThis.count = async (segmenter) => (await segmenter.segment(image)).detections.length;
  });
});
after(() => stand.tearDown());

describe('on the page’s own thread', () => {
  test('the CPU module finds the same, without a worker', async () => {
    const here = await page.evaluate(async () => {
      const segmenter = await t.load({ worker: false });
      const found = t.textOf(await segmenter.segment(image));
      segmenter.dispose();
      return found;
    });
    await workersLeft(page, 0);
    const inWorker = await page.evaluate(async () => {
      const segmenter = await t.load();
      const found = t.textOf(await segmenter.segment(image));
      segmenter.dispose();
      return found;
    });
    assert.equal(here, inWorker);
  });

  test('a panic is a typed error, and the next call works', async () => {
    const [code, next] = await page.evaluate(async () => {
      const { instantiateStreaming } = WebAssembly;
      const memories = [];
      const remember = async (result) => {
        memories.push((await result).instance.exports.memory);
        return result;
      };
      WebAssembly.instantiateStreaming = (...args) => remember(instantiateStreaming(...args));
      const segmenter = await t.load({ worker: false });
      WebAssembly.instantiateStreaming = instantiateStreaming;
      new Uint8Array(memories[0].buffer).fill(0xff);
      const { code } = await t.outcome(segmenter.segment(image));
      const next = await count(segmenter);
      segmenter.dispose();
      return [code, next];
    });
    assert.ok(['internal', 'out-of-memory'].includes(code), code);
    assert.equal(next, 46);
  });
});

test('the worker can be started by the page, with the script `maskrcnn-web/worker`', async () => {
  const [found, started] = await page.evaluate(async () => {
    const started = [];
    const worker = (backend) => {
      started.push(backend);
      return new Worker('/package/worker.js', { type: 'module' });
    };
    const segmenter = await t.load({ worker });
    const found = await count(segmenter);
    segmenter.dispose();
    return [found, started];
  });
  assert.deepEqual([found, started], [46, ['cpu']]);
  await workersLeft(page, 0);
});

test('segmenters on the CPU have a worker each', async () => {
  await page.evaluate(async () => {
    globalThis.pair = [await t.load(), await t.load()];
  });
  await workersLeft(page, 2);
  const counts = await page.evaluate(async () => {
    pair[0].dispose();
    const counted = await count(pair[1]);
    pair[1].dispose();
    return counted;
  });
  assert.equal(counts, 46);
  await workersLeft(page, 0);
});

test('segmenters on WebGPU share a worker: one outlives the other, and both learn that the device is lost', async () => {
  await page.evaluate(async () => {
    // As little as possible: a software adapter is slow.
    globalThis.loadSmall = () => t.load({ backend: 'webgpu', settings: t.SHORT });
    globalThis.pair = await Promise.all([loadSmall(), loadSmall()]);
  });
  await workersLeft(page, 1);
  const [first, second, readBacks] = await page.evaluate(async () => {
    const image = t.plainImage(32, 32);
    const calls = pair.map((segmenter) => segmenter.segment(image));
    const ends = calls.map(t.outcome);
    pair[0].dispose();
    const [first, second] = await Promise.all(ends);
    return [first.code, second.code, (await calls[1]).timing.readBacks];
  });
  assert.deepEqual([first, second, readBacks], ['disposed', 'none', 1]);
  await workersLeft(page, 1);

  await page.evaluate(async () => {
    pair[0] = await loadSmall();
  });
  await page.workers()[0].evaluate(() => {
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (descriptor) {
      GPUDevice.prototype.createCommandEncoder = createCommandEncoder;
      this.destroy();
      return createCommandEncoder.call(this, descriptor);
    };
  });
  const [codes, next] = await page.evaluate(async () => {
    const image = t.plainImage(32, 32);
    const codes = await Promise.all(pair.map(async (segmenter) => (await t.outcome(segmenter.segment(image))).code));
    return [codes, (await t.outcome(pair[0].segment(image))).code];
  });
  assert.deepEqual([codes, next], [['device-lost', 'device-lost'], 'none']);
  await page.evaluate(() => {
    for (const segmenter of pair) segmenter.dispose();
  });
  await workersLeft(page, 0);
});
