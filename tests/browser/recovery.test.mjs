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

  test('only the module that runs is fetched', async () => {
    const page = await stand.page();
    const fetched = async (backend) => {
      const from = stand.server.requests.length;
      await page.evaluate(async (backend) => (await t.load({ backend })).dispose(), backend);
      return stand.server.requests.slice(from).filter((path) => path.includes('/wasm/'));
    };
    const paths = (name) => [`/package/wasm/maskrcnn_${name}.js`, `/package/wasm/maskrcnn_${name}_bg.wasm`];
    assert.deepEqual(await fetched('cpu'), paths('cpu'));
    assert.deepEqual(await fetched('webgpu'), paths('webgpu'));
    await page.close();
  });

  // Both ways in which Rust ends: a panic, when a size overflows, and a bare trap, when an allocation fails.
  const tooMuch = {
    'too many masks': () => t.outcome(segmenter.segment(picture, { scoreThreshold: 0, maxDetections: 8000 })),
    'too large a picture': () => t.outcome(segmenter.segment(t.plainPicture(13000, 13000))),
  };
  for (const [what, call] of Object.entries(tooMuch)) {
    test(`${what}: out of memory is a typed error, and the next call works`, async () => {
      const page = await stand.page();
      await page.evaluate(async () => {
        globalThis.segmenter = await t.load({ preNmsTopN: 2000, postNmsTopN: 1000 });
        globalThis.picture = await t.pixelsOf('/pictures/tiny.png');
        globalThis.expected = t.textOf(await segmenter.segment(picture));
      });
      const failed = page.evaluate(call);
      const queued = page.evaluate(async () => t.textOf(await segmenter.segment(picture)));
      const { code, message } = await failed;
      assert.equal(code, 'out-of-memory', message);
      const expected = await page.evaluate(() => globalThis.expected);
      assert.equal(await queued, expected);
      assert.equal(await page.evaluate(async () => t.textOf(await segmenter.segment(picture))), expected);
      await workersLeft(page, 1);
      await page.close();
    });
  }

  test('when the GPU process dies, the call is rejected and the next one works', async () => {
    const page = await stand.page();
    await page.evaluate(async () => {
      globalThis.segmenter = await t.load({ backend: 'webgpu' });
      globalThis.picture = await t.pixelsOf('/pictures/tiny.png');
      globalThis.call = t.outcome(segmenter.segment(picture));
    });
    const session = await stand.browser.newBrowserCDPSession();
    // The answer to this never comes: who would give it is dead.
    session.send('Browser.crashGpuProcess').catch(() => {});
    const { code, message } = await page.evaluate(() => call);
    assert.equal(code, 'device-lost', message);
    const [backend, count] = await page.evaluate(async () => {
      const { backend, detections } = await segmenter.segment(picture);
      return [backend, detections.length];
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

  test('it is the same in a browser that has never heard of it', async () => {
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
