// A browser whose GPU never answers, as broken drivers make it. No test waits: timers of a second or more are fired, or
// held back, by hand.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

const script = (source) => (_, response) => response.setHeader('content-type', 'text/javascript').end(source);

/** Long timers fire at once. */
const HASTE = `
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (callback, delay, ...rest) => setTimeout(callback, delay >= 1000 ? 0 : delay, ...rest);`;
/** Runs before the package's worker does. */
const inFront = (what) => script(`import '${what}'; import '/package/worker.js';`);

let stand;
let page;
before(async () => {
  stand = await setUp(
    {},
    {
      '/no-device.js': script(`${HASTE} GPUAdapter.prototype.requestDevice = () => new Promise(() => {});`),
      '/no-adapter.js': script(`${HASTE} GPU.prototype.requestAdapter = () => new Promise(() => {});`),
      '/worker-without-device.js': inFront('/no-device.js'),
      '/worker-without-adapter.js': inFront('/no-adapter.js'),
      '/silent.js': script('self.onmessage = () => {};'),
    },
  );
});
beforeEach(async () => {
  await page?.close();
  page = await stand.page();
  await page.evaluate(() => {
    globalThis.never = () => new Promise(() => {});
    globalThis.waits = [];
    const { setTimeout } = globalThis;
    /** Has timers of a second or more fire at once, or never. */
    globalThis.haste = (fires) => {
      globalThis.setTimeout = (callback, delay, ...rest) => {
        if (delay < 1000) return setTimeout(callback, delay, ...rest);
        waits.push(delay);
        return fires ? setTimeout(callback, 0, ...rest) : undefined;
      };
    };
    /** The adapter info that a page with a real GPU gets. */
    globalThis.pretendRealGpu = () => {
      GPU.prototype.requestAdapter = async () => ({
        features: new Set(['timestamp-query']),
        info: { vendor: 'acme', architecture: 'x1', device: '', description: '', isFallbackAdapter: false },
      });
    };
    globalThis.inWorker = (path) => () => new Worker(path, { type: 'module' });
  });
});
after(() => stand.tearDown());

describe('when no adapter ever comes', () => {
  test('`auto` falls back to the CPU after four seconds', async () => {
    const [backend, count, waits] = await page.evaluate(async () => {
      GPU.prototype.requestAdapter = never;
      haste(true);
      const segmenter = await t.load({ backend: 'auto' });
      const { detections } = await segmenter.segment(await t.fetchBlob('/pictures/tiny.png'));
      return [segmenter.backend, detections.length, globalThis.waits];
    });
    assert.deepEqual([backend, count, waits], ['cpu', 46, [4000]]);
  });

  test('`webgpu` is a typed error after twenty', async () => {
    const [{ code, message }, waits] = await page.evaluate(async () => {
      GPU.prototype.requestAdapter = never;
      haste(true);
      return [await t.outcome(t.load({ backend: 'webgpu' })), globalThis.waits];
    });
    assert.equal(code, 'webgpu-unavailable');
    assert.match(message, /did not answer .* within 20 s/);
    assert.deepEqual(waits, [20_000]);
  });

  for (const backend of ['auto', 'webgpu']) {
    test(`\`signal\` ends loading with \`${backend}\` at once`, async () => {
      const [{ code, name }, waits] = await page.evaluate(async (backend) => {
        const stop = new AbortController();
        const asked = new Promise((resolve) => {
          GPU.prototype.requestAdapter = () => {
            resolve();
            return never();
          };
        });
        haste(false);
        const loading = t.outcome(t.load({ backend, signal: stop.signal }));
        await asked;
        stop.abort();
        return [await loading, globalThis.waits.length];
      }, backend);
      assert.deepEqual([code, name, waits], ['aborted', 'AbortError', 1]);
    });
  }
});

describe('when the page has an adapter, and the worker', () => {
  for (const what of ['adapter', 'device']) {
    test(`never gets ${what === 'adapter' ? 'one' : 'a device'}, \`auto\` takes the CPU and \`webgpu\` is a typed error`, async () => {
      const [backend, { code, message }] = await page.evaluate(async (what) => {
        pretendRealGpu();
        const worker = inWorker(`/worker-without-${what}.js`);
        const segmenter = await t.load({ backend: 'auto', worker });
        segmenter.dispose();
        return [segmenter.backend, await t.outcome(t.load({ backend: 'webgpu', worker }))];
      }, what);
      assert.equal(backend, 'cpu');
      assert.equal(code, 'webgpu-unavailable', message);
      await workersLeft(page, 0);
    });
  }

  test('on the page’s own thread it is the same', async () => {
    const [backend, codes] = await page.evaluate(async () => {
      const { requestAdapter } = GPU.prototype;
      // The first request is the package's own look at the adapter, the second the engine's.
      const standStill = () => {
        pretendRealGpu();
        const pretended = GPU.prototype.requestAdapter;
        GPU.prototype.requestAdapter = () => {
          GPU.prototype.requestAdapter = never;
          return pretended();
        };
      };
      haste(true);
      standStill();
      const segmenter = await t.load({ backend: 'auto', worker: false });
      const codes = [];
      standStill();
      codes.push((await t.outcome(t.load({ backend: 'webgpu', worker: false }))).code);
      GPU.prototype.requestAdapter = requestAdapter;
      GPUAdapter.prototype.requestDevice = never;
      codes.push((await t.outcome(t.load({ backend: 'webgpu', worker: false }))).code);
      return [segmenter.backend, codes];
    });
    assert.equal(backend, 'cpu');
    assert.deepEqual(codes, ['webgpu-unavailable', 'webgpu-unavailable']);
  });

  test('never answers at all, `signal` ends loading and converting, and the worker', async () => {
    const codes = await page.evaluate(async () => {
      const endings = [];
      const aborted = async (begin) => {
        const stop = new AbortController();
        const worker = () => {
          setTimeout(() => stop.abort());
          return inWorker('/silent.js')();
        };
        endings.push((await t.outcome(begin({ worker, signal: stop.signal }))).code);
      };
      await aborted((options) => t.load({ backend: 'cpu', ...options }));
      await aborted((options) => t.load({ backend: 'webgpu', ...options }));
      await aborted((options) => t.maskrcnn.convert('/models/reference-tiny.safetensors', options));
      return endings;
    });
    assert.deepEqual(codes, ['aborted', 'aborted', 'aborted']);
    await workersLeft(page, 0);
  });
});

describe('`signal` ends loading while', () => {
  for (const worker of [true, false]) {
    test(`the wasm module does not come, ${worker ? 'in a worker' : 'on the page'}`, async () => {
      let asked;
      const isAsked = new Promise((resolve) => {
        asked = resolve;
      });
      await page.context().route('**/*.wasm', asked);
      await page.evaluate((worker) => {
        globalThis.stop = new AbortController();
        globalThis.loading = t.outcome(t.load({ worker, signal: stop.signal }));
      }, worker);
      await isAsked;
      const { code } = await page.evaluate(() => {
        stop.abort();
        return loading;
      });
      assert.equal(code, 'aborted');
      await page.context().unroute('**/*.wasm', asked);
      await workersLeft(page, 0);
    });
  }

  test('the browser’s cache does not open', async () => {
    const { code } = await page.evaluate(async () => {
      const stop = new AbortController();
      CacheStorage.prototype.open = () => {
        setTimeout(() => stop.abort());
        return never();
      };
      return t.outcome(t.load({ model: '/models/nuclei/manifest.json', signal: stop.signal }));
    });
    assert.equal(code, 'aborted');
  });
});
