// Use of GPU and memory, as the benchmark's meters count it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

/** Images in a row; `MASKRCNN_PICTURES=200` for a longer run. */
const IMAGES = Number(process.env.MASKRCNN_PICTURES ?? 15);

let stand;
before(async () => {
  stand = await setUp({ flags: ['--js-flags=--expose-gc'] });
});
after(() => stand.tearDown());

test('every shader is compiled while a model is loaded, and the GPU is read back once per image', async () => {
  const page = await stand.page();
  const [loaded, ...later] = await page.evaluate(async () => {
    const { counts, lastWorker } = await import('/benches/meters.mjs');
    const segmenter = await t.load({
      backend: 'webgpu',
      settings: { ...t.REFERENCE.settings, input: { minSize: 96 } },
    });
    const found = [await counts(lastWorker())];
    const calls = [
      [151, 102, {}],
      [40, 90, { maxDetections: 3 }],
      [200, 201, { maxDetections: 17, scoreThreshold: 0.9 }],
    ];
    for (const [width, height, options] of calls) {
      await segmenter.segment(await t.stretched('/pictures/tiny.png', width, height), options);
      found.push(await counts(lastWorker()));
    }
    segmenter.dispose();
    return found;
  });
  assert.ok(loaded.pipelines > 20, `${loaded.pipelines} pipelines`);
  for (const [index, { pipelines, readbacks }] of later.entries()) {
    assert.equal(pipelines, loaded.pipelines, `pipelines after image ${index + 1}`);
    assert.equal(readbacks - loaded.readbacks, index + 1, 'waits for the GPU');
  }
  await page.close();
});

test('loading can be aborted while shaders are compiled', async () => {
  const page = await stand.page();
  const [pipelines, code] = await page.evaluate(async () => {
    const { counts, lastWorker } = await import('/benches/meters.mjs');
    const stop = new AbortController();
    const loading = t.outcome(t.load({ backend: 'webgpu', signal: stop.signal }));
    let pipelines = 0;
    while (pipelines === 0) {
      // A worker that has not started yet does not answer.
      const pause = new Promise((resolve) => setTimeout(resolve, 50, { pipelines }));
      ({ pipelines } = await Promise.race([counts(lastWorker()), pause]));
    }
    stop.abort();
    return [pipelines, (await loading).code];
  });
  assert.equal(code, 'aborted');
  assert.ok(pipelines > 0, `${pipelines} pipelines`);
  await workersLeft(page, 0);
  await page.close();
});

for (const backend of ['cpu', 'webgpu']) {
  test(`${IMAGES} images in a row use no more memory than the first ten, ${backend}`, async () => {
    const page = await stand.page();
    const { tenth, last } = await page.evaluate(
      async ({ backend, IMAGES }) => {
        const { counts, lastWorker } = await import('/benches/meters.mjs');
        const segmenter = await t.load({ backend, settings: { ...t.SHORT, detections: { maxDetections: 5 } } });
        // Two shapes in turns, so that no buffer fits by chance.
        const images = [t.plainImage(48, 32), t.plainImage(32, 56)];
        let tenth;
        for (let index = 0; index < IMAGES; index++) {
          await segmenter.segment(images[index % 2]);
          if (index === 9) tenth = await counts(lastWorker());
        }
        const last = await counts(lastWorker());
        segmenter.dispose();
        return { tenth, last };
      },
      { backend, IMAGES },
    );
    assert.ok(tenth.wasmPeakBytes > 0, 'the memory was found');
    assert.equal(last.wasmPeakBytes, tenth.wasmPeakBytes, 'bytes of wasm memory');
    assert.equal(tenth.gpuBytes > 0, backend === 'webgpu', 'buffers on the GPU');
    assert.ok(last.gpuBytes <= tenth.gpuBytes, `${tenth.gpuBytes}, then ${last.gpuBytes} bytes on the GPU`);
    await page.close();
  });
}
