import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

describe('with WebGPU on a software adapter', () => {
  let stand;
  before(async () => {
    stand = await setUp();
  });
  after(() => stand.tearDown());

  test('the CPU is chosen, and WebGPU only by name', async () => {
    const page = await stand.page();
    const backends = await page.evaluate(() =>
      Promise.all(
        ['auto', 'webgpu', 'cpu'].map(async (backend) => {
          const segmenter = await t.load({ backend });
          const name = segmenter.backend;
          segmenter.dispose();
          return name;
        }),
      ),
    );
    assert.deepEqual(backends, ['cpu', 'webgpu', 'cpu']);
    await page.close();
  });

  test('an adapter that cannot time its kernels counts as none', async () => {
    const page = await stand.page();
    const [real, refused, fallback] = await page.evaluate(async () => {
      const define = (name, value) => Object.defineProperty(GPUAdapter.prototype, name, { get: () => value });
      define('info', { vendor: 'acme', architecture: '', device: '', description: '' });
      // The engine is in a worker, which sees the adapter as it is.
      const backendOf = async (backend) => {
        const segmenter = await t.load({ backend, settings: t.SHORT });
        segmenter.dispose();
        return segmenter.backend;
      };
      const real = await backendOf('auto');
      define('features', new Set(['shader-f16']));
      return [real, await t.outcome(backendOf('webgpu')), await backendOf('auto')];
    });
    assert.deepEqual([real, fallback], ['webgpu', 'cpu']);
    assert.equal(refused.code, 'webgpu-unavailable');
    assert.match(refused.message, /lacks the feature 'timestamp-query'/);
    await page.close();
  });

  test('only the module that runs is fetched', async () => {
    const page = await stand.page();
    const fetched = async (backend) => {
      const from = stand.server.requests.length;
      await page.evaluate(async (backend) => (await t.load({ backend })).dispose(), backend);
      const paths = stand.server.requests.slice(from).filter((path) => path.includes('/wasm/'));
      return paths.map((path) => path.replace('/package/wasm/maskrcnn_', ''));
    };
    assert.deepEqual(await fetched('cpu'), ['cpu.js', 'cpu_relaxed_bg.wasm']);
    assert.deepEqual(await fetched('webgpu'), ['webgpu.js', 'webgpu_bg.wasm']);
    await page.close();
  });

  // What happens to the worker's wasm instance before the call, and the code that the call is rejected with.
  const ends = {
    'there is no memory left': [
      'cpu',
      'out-of-memory',
      async () => {
        const { memory } = await (await import('/package/wasm/maskrcnn_cpu.js')).default();
        memory.grow(65536 - memory.buffer.byteLength / 65536);
      },
    ],
    'its memory is overwritten': [
      'cpu',
      'internal',
      async () => {
        const { memory } = await (await import('/package/wasm/maskrcnn_cpu.js')).default();
        new Uint8Array(memory.buffer).fill(0xff);
      },
    ],
    'the GPU hands nothing back': [
      'webgpu',
      'device-lost',
      () => {
        GPUBuffer.prototype.mapAsync = () => Promise.reject(new DOMException('no', 'OperationError'));
      },
    ],
  };
  for (const [what, [backend, expected, befall]] of Object.entries(ends)) {
    test(`when ${what}, the call is rejected as ${expected}, and the next one works`, async () => {
      const page = await stand.page();
      await page.evaluate(async (backend) => {
        globalThis.segmenter = await t.load({ backend });
        globalThis.image = await t.stretched('/pictures/tiny.png', 3000, 2000);
      }, backend);
      await page.workers()[0].evaluate(befall);
      const [{ code, message }, count] = await page.evaluate(async () => {
        const failed = t.outcome(segmenter.segment(image));
        const queued = segmenter.segment(await t.pixelsOf('/pictures/tiny.png'));
        return [await failed, (await queued).detections.length];
      });
      assert.equal(code, expected, message);
      assert.equal(count, 46);
      await workersLeft(page, 1);
      await page.close();
    });
  }

  test('when the GPU process dies, the call is rejected and the next one works', async () => {
    const page = await stand.page();
    await page.evaluate(async () => {
      globalThis.segmenter = await t.load({ backend: 'webgpu' });
      globalThis.image = await t.pixelsOf('/pictures/tiny.png');
      globalThis.call = t.outcome(segmenter.segment(image));
    });
    const session = await stand.browser.newBrowserCDPSession();
    // This never resolves: the GPU process is gone.
    session.send('Browser.crashGpuProcess').catch(() => {});
    const { code, message } = await page.evaluate(() => call);
    assert.equal(code, 'device-lost', message);
    const [backend, count] = await page.evaluate(async () => {
      const { timing, detections } = await segmenter.segment(image);
      return [timing.backend, detections.length];
    });
    assert.deepEqual([backend, count], ['webgpu', 46]);
    await page.close();
  });
});

describe('without WebGPU', () => {
  let stand;
  before(async () => {
    stand = await setUp({ gpu: false });
  });
  after(() => stand.tearDown());

  test('the CPU is chosen, and WebGPU by name is a typed error', async () => {
    const page = await stand.page();
    const [backend, { code }] = await page.evaluate(async () => {
      const segmenter = await t.load({ backend: 'auto' });
      return [segmenter.backend, await t.outcome(t.load({ backend: 'webgpu' }))];
    });
    assert.equal(backend, 'cpu');
    assert.equal(code, 'webgpu-unavailable');
    await page.close();
  });

  test('the same holds in a browser without `navigator.gpu`', async () => {
    const page = await stand.page();
    const [backend, { code }] = await page.evaluate(async () => {
      Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined });
      const segmenter = await t.load({ backend: 'auto' });
      return [segmenter.backend, await t.outcome(t.load({ backend: 'webgpu' }))];
    });
    assert.equal(backend, 'cpu');
    assert.equal(code, 'webgpu-unavailable');
    await page.close();
  });
});
