// `load({ wasm })`: where the wasm modules are, for set-ups that do not find them beside the package's script.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.RELAXED = '/package/wasm/maskrcnn_cpu_relaxed_bg.wasm';
    globalThis.WEBGPU = '/package/wasm/maskrcnn_webgpu_bg.wasm';
    globalThis.bytesOf = async (path) => (await fetch(path)).arrayBuffer();
    /** How many objects are found, or the error. */
    globalThis.found = async (options) => {
      const { maskrcnn, fetchBlob, load } = t;
      try {
        const segmenter = await load(options);
        const { detections } = await segmenter.segment(await fetchBlob('/pictures/tiny.png'));
        segmenter.dispose();
        return { count: detections.length };
      } catch (error) {
        const isTyped = error instanceof maskrcnn.MaskRcnnError;
        return { code: isTyped ? error.code : `untyped: ${error}`, message: error.message };
      }
    };
  });
});
after(() => stand.tearDown());

/** The wasm modules that are fetched while the page does something. */
async function fetchedBy(action) {
  const from = stand.server.requests.length;
  const outcome = await page.evaluate(action);
  return [outcome, stand.server.requests.slice(from).filter((path) => path.endsWith('.wasm'))];
}

describe('a wasm module can be given as', () => {
  const ways = {
    'a path': () => found({ wasm: RELAXED }),
    'a URL': () => found({ wasm: new URL(RELAXED, location.href) }),
    'a Response': async () => found({ wasm: await fetch(RELAXED) }),
    'a Blob': async () => found({ wasm: await t.fetchBlob(RELAXED) }),
    'an ArrayBuffer': async () => found({ wasm: await bytesOf(RELAXED) }),
    'a Uint8Array': async () => found({ wasm: new Uint8Array(await bytesOf(RELAXED)) }),
    'a WebAssembly.Module': async () => found({ wasm: await WebAssembly.compileStreaming(fetch(RELAXED)) }),
    'a Response, on the page’s thread': async () => found({ wasm: await fetch(RELAXED), worker: false }),
    'a WebAssembly.Module, on the page’s thread': async () =>
      found({ wasm: await WebAssembly.compile(await bytesOf(RELAXED)), worker: false }),
    'one of several': () => found({ wasm: { webgpu: '/nowhere.wasm', cpu: RELAXED } }),
    'the one with relaxed SIMD': () => found({ wasm: { cpu: '/nowhere.wasm', cpuRelaxed: RELAXED } }),
    'the one of WebGPU': () => found({ wasm: { webgpu: WEBGPU, cpu: '/nowhere.wasm' }, backend: 'webgpu' }),
  };
  for (const [way, load] of Object.entries(ways)) {
    test(way, async () => {
      const [outcome, fetched] = await fetchedBy(load);
      assert.deepEqual(outcome, { count: 46 });
      assert.deepEqual(new Set(fetched).size, 1);
    });
  }
});

test('modules that are not given are fetched from beside the script', async () => {
  const [outcome, fetched] = await fetchedBy(() => found({ wasm: { webgpu: '/nowhere.wasm' } }));
  assert.deepEqual(outcome, { count: 46 });
  assert.deepEqual(fetched, ['/package/wasm/maskrcnn_cpu_relaxed_bg.wasm']);
});

test('the CPU’s module without relaxed SIMD is enough where only that is given', async () => {
  const [outcome, fetched] = await fetchedBy(() => found({ wasm: { cpu: '/package/wasm/maskrcnn_cpu_bg.wasm' } }));
  assert.deepEqual(outcome, { count: 46 });
  assert.deepEqual(fetched, ['/package/wasm/maskrcnn_cpu_bg.wasm']);
});

test('bytes stay the caller’s, and serve again after the engine failed', async () => {
  const [bytes, count] = await page.evaluate(async () => {
    const wasm = await bytesOf(RELAXED);
    const segmenter = await t.load({ wasm });
    globalThis.segmenter = segmenter;
    const { detections } = await segmenter.segment(await t.fetchBlob('/pictures/tiny.png'));
    return [wasm.byteLength, detections.length];
  });
  assert.ok(bytes > 1_000_000);
  assert.equal(count, 46);
  const [worker] = page.workers();
  const ended = worker.waitForEvent('close');
  await worker.evaluate(() => setTimeout(() => Promise.reject(new Error('the engine fails'))));
  await ended;
  const again = await page.evaluate(async () => {
    const { detections } = await segmenter.segment(await t.fetchBlob('/pictures/tiny.png'));
    segmenter.dispose();
    return detections.length;
  });
  assert.equal(again, 46);
});

test('`convert` takes it, too', async () => {
  const [names, fetched] = await fetchedBy(async () => {
    const model = await t.fetchBlob(t.REFERENCE.model);
    const { files } = await t.maskrcnn.convert(model, { wasm: { cpu: RELAXED } });
    return files.map(({ name }) => name);
  });
  assert.ok(names.includes('manifest.json'));
  assert.equal(fetched.length, 1);
});

describe('a typed error for', () => {
  const ways = {
    'what is not a module': ['invalid-input', /`wasm` is a module's URL/, () => found({ wasm: 17 })],
    'what is not a module of a backend': ['invalid-input', /`wasm` is a/, () => found({ wasm: { cpu: true } })],
    'an invalid URL': ['invalid-input', /not a valid URL: http:\/\/\[/, () => found({ wasm: 'http://[' })],
    'a path that does not exist': ['environment', /nowhere\.wasm answered 404/, () => found({ wasm: '/nowhere.wasm' })],
    'a page': ['environment', /is an HTML page/, () => found({ wasm: '/' })],
    'a Response that was read': [
      'invalid-input',
      /was read already/,
      async () => {
        const wasm = await fetch(RELAXED);
        await wasm.arrayBuffer();
        return found({ wasm });
      },
    ],
    'a Response with an error': [
      'environment',
      /answered 404/,
      async () => found({ wasm: await fetch('/nowhere.wasm') }),
    ],
    'other bytes': ['environment', /is damaged/, () => found({ wasm: new Uint8Array(2000).fill(7) })],
    'another backend’s module': ['environment', /not the module of this backend/, () => found({ wasm: WEBGPU })],
    'a detached buffer': [
      'invalid-input',
      /empty, or their buffer is detached/,
      async () => {
        const wasm = await bytesOf(RELAXED);
        structuredClone(wasm, { transfer: [wasm] });
        return found({ wasm });
      },
    ],
    'an invalid worker': ['invalid-input', /must return a Worker/, () => found({ worker: () => 'worker' })],
    'a worker that cannot be started': [
      'environment',
      /the function `worker` cannot start a worker: Error: no/,
      () =>
        found({
          worker: () => {
            throw new Error('no');
          },
        }),
    ],
  };
  for (const [way, [expected, wanted, load]] of Object.entries(ways)) {
    test(way, async () => {
      const { code, message } = await page.evaluate(load);
      assert.equal(code, expected, message);
      assert.match(message, wanted);
    });
  }
});
