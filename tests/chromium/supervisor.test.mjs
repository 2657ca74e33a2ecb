// Who gets the engine when, shown by the order of events: engines that are busy for ever represent slow ones.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

/** A worker that loads any model, reports each image to the page, and never finishes one. */
const BUSY = `
  const settings = { input: { minSize: 800, maxSize: 1333, minScale: 0 }, detections: { maxDetections: 100 } };
  const info = { backend: 'cpu', dtype: 'f32', numClasses: 91, hasMasks: true, architecture: 'resnet50_fpn', settings };
  const page = new BroadcastChannel('busy');
  self.onmessage = ({ data: { id, request: { method } } }) => {
    if (method === 'open' || method === 'load') self.postMessage({ id, value: method === 'load' ? info : undefined });
    else page.postMessage(method);
  };`;

let stand;
let page;
before(async () => {
  const script = (source) => (_, response) => response.setHeader('content-type', 'text/javascript').end(source);
  stand = await setUp({}, { '/busy.js': script(BUSY), '/silent.js': script('self.onmessage = () => {};') });
});
beforeEach(async () => {
  await page?.close();
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.image = await t.fetchBlob('/pictures/tiny.png');
    /** Starts workers with these scripts, one after the other, and counts them. */
    globalThis.inTurn = (...paths) => {
      const worker = () => new Worker(paths[worker.count++] ?? '/none.js', { type: 'module' });
      worker.count = 0;
      return worker;
    };
    /** Resolves when a busy engine has an image. */
    globalThis.isBusy = () =>
      new Promise((resolve) => {
        const channel = new BroadcastChannel('busy');
        channel.onmessage = () => {
          channel.close();
          resolve();
        };
      });
  });
});
after(() => stand.tearDown());

const REAL = '/package/worker.js';

describe('an image that nobody waits for', () => {
  for (const method of ['segment', 'inspect', 'profile']) {
    test(`keeps nobody waiting on the CPU: another engine takes over (${method})`, async () => {
      const { aborted, found, started, requests } = await page.evaluate(
        async ([real, method]) => {
          const worker = inTurn('/busy.js', real);
          const segmenter = await t.load({ worker });
          const stop = new AbortController();
          const busy = isBusy();
          const calls = {
            segment: (options) => segmenter.segment(image, options),
            inspect: (options) => segmenter.segment(image, { ...options, inspect: true }),
            profile: (options) => t.debug.profile(segmenter, image, options),
          };
          const first = t.outcome(calls[method]({ signal: stop.signal }));
          const next = segmenter.segment(image);
          await busy;
          stop.abort();
          const aborted = await first;
          const found = await next;
          const models = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.safetensors'));
          segmenter.dispose();
          return { aborted, found: found.detections.length, started: worker.count, requests: models.length };
        },
        [REAL, method],
      );
      assert.equal(aborted.code, 'aborted');
      assert.equal(found, 46);
      assert.equal(started, 2);
      // The model is the one that the segmenter keeps.
      assert.equal(requests, 1);
      await workersLeft(page, 0);
    });
  }

  test('of a stream either', async () => {
    const found = await page.evaluate(async (real) => {
      const segmenter = await t.load({ worker: inTurn('/busy.js', real) });
      const stop = new AbortController();
      const frames = new ReadableStream({
        start: (controller) => controller.enqueue(new VideoFrame(t.plainImage(40, 30), { timestamp: 0 })),
      });
      const busy = isBusy();
      const step = segmenter.stream(frames, { signal: stop.signal }).next();
      await busy;
      stop.abort();
      const { done } = await step;
      return [done, (await segmenter.segment(image)).detections.length];
    }, REAL);
    assert.deepEqual(found, [true, 46]);
    await workersLeft(page, 1);
  });

  test('is not waited for where a video hands out no frame', async () => {
    const done = await page.evaluate(async (real) => {
      const segmenter = await t.load({ worker: inTurn(real) });
      const video = await t.videoOf('/pictures/tiny.png');
      const stop = new AbortController();
      const asked = new Promise((resolve) => {
        globalThis.createImageBitmap = () => {
          resolve();
          return new Promise(() => {});
        };
      });
      const step = segmenter.stream(video, { signal: stop.signal }).next();
      await asked;
      stop.abort();
      return (await step).done;
    }, REAL);
    assert.equal(done, true);
  });

  test('costs the engine nothing before its turn', async () => {
    const [codes, count, started] = await page.evaluate(async (real) => {
      const worker = inTurn(real);
      const segmenter = await t.load({ worker });
      const stop = new AbortController();
      const running = segmenter.segment(image);
      const waiting = t.outcome(segmenter.segment(image, { signal: stop.signal }));
      const early = t.outcome(segmenter.segment(image, { signal: AbortSignal.abort() }));
      stop.abort();
      const codes = [(await waiting).code, (await early).code];
      return [codes, (await running).detections.length, worker.count];
    }, REAL);
    assert.deepEqual([codes, count, started], [['aborted', 'aborted'], 46, 1]);
  });

  // Until the next engine has been loaded, the busy one may finish.
  for (const [what, spare] of Object.entries({
    'never answers': '/silent.js',
    'cannot be started': '/none.js',
  })) {
    test(`is waited for where the next engine ${what}`, async () => {
      const [code, count, started] = await page.evaluate(
        async ([real, spare]) => {
          const worker = inTurn(real, spare);
          const segmenter = await t.load({ worker });
          const stop = new AbortController();
          const { postMessage } = Worker.prototype;
          Worker.prototype.postMessage = function (...args) {
            postMessage.apply(this, args);
            if (args[0].request.method === 'segment') stop.abort();
          };
          const first = t.outcome(segmenter.segment(image, { signal: stop.signal }));
          const next = segmenter.segment(image);
          return [(await first).code, (await next).detections.length, worker.count];
        },
        [REAL, spare],
      );
      assert.deepEqual([code, count, started], ['aborted', 46, 2]);
      await workersLeft(page, 1);
    });
  }

  test('is waited for on WebGPU, where segmenters share an engine', async () => {
    const [codes, started] = await page.evaluate(async (real) => {
      const worker = inTurn(real);
      const segmenter = await t.load({ backend: 'webgpu', settings: t.SHORT, worker });
      const stop = new AbortController();
      const small = t.plainImage(32, 32);
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (...args) {
        postMessage.apply(this, args);
        if (args[0].request.method === 'segment') stop.abort();
      };
      const first = t.outcome(segmenter.segment(small, { signal: stop.signal }));
      const next = t.outcome(segmenter.segment(small));
      return [[(await first).code, (await next).code], worker.count];
    }, REAL);
    assert.deepEqual([codes, started], [['aborted', 'none'], 1]);
  });

  test('leaves nothing behind when the segmenter is disposed of meanwhile', async () => {
    const codes = await page.evaluate(async () => {
      const segmenter = await t.load({ worker: inTurn('/busy.js', '/silent.js') });
      const stop = new AbortController();
      const busy = isBusy();
      const calls = [segmenter.segment(image, { signal: stop.signal }), segmenter.segment(image)].map(t.outcome);
      await busy;
      stop.abort();
      await calls[0];
      segmenter.dispose();
      return (await Promise.all(calls)).map(({ code }) => code);
    });
    assert.deepEqual(codes, ['aborted', 'disposed']);
    await workersLeft(page, 0);
  });
});

describe('of six images at once', () => {
  const kinds = {
    Blob: (path) => t.fetchBlob(path),
    HTMLImageElement: (path) => t.sources.HTMLImageElement(path),
  };
  for (const worker of [true, false]) {
    for (const [kind, make] of Object.entries(kinds)) {
      test(`each ${kind} is decoded when its turn comes, ${worker ? 'for a worker' : 'on the page'}`, async () => {
        await page.evaluate(`globalThis.make = ${make}`);
        const [most, made, counts] = await page.evaluate(async (worker) => {
          const bitmaps = [];
          const { createImageBitmap } = globalThis;
          let most = 0;
          globalThis.createImageBitmap = async (...args) => {
            bitmaps.push(await createImageBitmap(...args));
            // One that is closed, or was handed over to a worker, no longer has pixels.
            most = Math.max(most, bitmaps.filter(({ width }) => width > 0).length);
            return bitmaps.at(-1);
          };
          const segmenter = await t.load({ worker });
          const images = await Promise.all(Array.from({ length: 6 }, () => make('/pictures/tiny.png')));
          const results = await Promise.all(images.map((image) => segmenter.segment(image)));
          return [most, bitmaps.length, results.map(({ detections }) => detections.length)];
        }, worker);
        assert.deepEqual(counts, Array(6).fill(46));
        assert.deepEqual([most, made], [1, 6]);
      });
    }
  }

  test('a canvas and a bitmap are copied at once, and the copies freed when nobody waits', async () => {
    const { same, left } = await page.evaluate(async (real) => {
      const bitmaps = [];
      const { createImageBitmap } = globalThis;
      globalThis.createImageBitmap = async (...args) => {
        bitmaps.push(await createImageBitmap(...args));
        return bitmaps.at(-1);
      };
      const segmenter = await t.load({ worker: inTurn(real) });
      const stop = new AbortController();
      const canvas = await t.canvasOf('/pictures/tiny.png');
      const bitmap = await t.sources.ImageBitmap('/pictures/tiny.png');
      bitmaps.length = 0;
      const calls = [canvas, canvas, bitmap].map((source) => segmenter.segment(source));
      const aborted = t.outcome(segmenter.segment(canvas, { signal: stop.signal }));
      bitmap.close();
      canvas.getContext('2d').fillRect(0, 0, 1000, 1000);
      await Promise.resolve();
      stop.abort();
      await aborted;
      const texts = (await Promise.all(calls)).map(t.textOf);
      await t.outcome(segmenter.segment(image));
      return {
        same: texts.map((text) => text === texts[0] && JSON.parse(text).length > 10),
        left: bitmaps.map(({ width }) => width),
      };
    }, REAL);
    assert.deepEqual(same, [true, true, true]);
    assert.deepEqual(left, [0, 0, 0, 0, 0]);
  });

  test('an image that is given another src before its turn is refused with a message that says so', async () => {
    const [first, second] = await page.evaluate(async () => {
      const segmenter = await t.load();
      const element = await t.sources.HTMLImageElement('/pictures/tiny.png');
      const calls = [segmenter.segment(image), segmenter.segment(element)].map(t.outcome);
      element.src = '/pictures/grey.png';
      return Promise.all(calls);
    });
    assert.equal(first.code, 'none');
    assert.equal(second.code, 'invalid-input');
    assert.match(second.message, /src changed while the call waited/);
  });
});
