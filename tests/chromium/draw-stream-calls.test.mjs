// Streams that draw on the GPU: that nothing is read back, how they begin and end, and what they refuse.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAlike, MAX_DIFFERING, setUpDrawing } from './drawing.mjs';
import { TINY } from './fixtures.mjs';

let stand;
let page;
before(async () => {
  stand = await setUpDrawing();
  page = stand.page;
});
after(() => stand.tearDown());

describe('nothing is read back', () => {
  test('neither an image nor what is found, and frames come in their order, two at once', async () => {
    const { times, dropped, readBacks, open, ways, maps, shows } = await page.evaluate(async () => {
      const plain = t.plainImage(image.width, image.height);
      const { stream, frames } = streamOf([plain, plain, plain, plain, image]);
      const { mapAsync } = GPUBuffer.prototype;
      const { getImageData } = OffscreenCanvasRenderingContext2D.prototype;
      let reads = 0;
      const counting = (method) =>
        function (...args) {
          reads++;
          return method.apply(this, args);
        };
      const before = { ...(await t.debug.imageTransfers(here)) };
      const canvas = new OffscreenCanvas(1, 1);
      const [times, dropped, readBacks] = [[], [], []];
      GPUBuffer.prototype.mapAsync = counting(mapAsync);
      OffscreenCanvasRenderingContext2D.prototype.getImageData = counting(getImageData);
      for await (const item of here.drawStream(stream, canvas, { showOutlines: false })) {
        times.push(item.time);
        dropped.push(item.dropped);
        readBacks.push(item.timing.readBacks);
        if (item.frame.format === null) throw new Error('the frame was closed too soon');
      }
      GPUBuffer.prototype.mapAsync = mapAsync;
      OffscreenCanvasRenderingContext2D.prototype.getImageData = getImageData;
      const after = await t.debug.imageTransfers(here);
      const ways = Object.entries(after).map(([way, count]) => [way, count - before[way]]);
      const result = await here.segment(image, { tile: false });
      const shows = compared(shownOn(canvas), expected(image, result));
      const open = frames.filter(({ format }) => format !== null).length;
      return { times, dropped, readBacks, open, ways: Object.fromEntries(ways), maps: reads, shows };
    });
    assert.deepEqual(times, times.toSorted());
    assert.equal(times.length + dropped.reduce((sum, count) => sum + count, 0), 5);
    assert.equal(times.at(-1), 0.16);
    assert.deepEqual([...new Set(readBacks)], [0]);
    assert.deepEqual(ways, { copied: times.length, read: 0, given: 0 });
    assert.equal(maps, 0);
    assert.equal(open, 0);
    assert.ok(shows.differing <= shows.pixels * MAX_DIFFERING, `${shows.differing} pixels differ`);
  });

  test('but what contrast is measured on, where the model stretches it', async () => {
    const { readBacks, outcome } = await page.evaluate(async () => {
      const settings = { input: { contrast: { low: 0.02, high: 0.9 } } };
      const readBacks = [];
      const canvas = newCanvas();
      for await (const { timing } of here.drawStream(streamOf([image, image]).stream, canvas, { settings })) {
        readBacks.push(timing.readBacks);
      }
      return { readBacks, outcome: await drawnAndExpected(here, { settings }) };
    });
    assert.deepEqual([...new Set(readBacks)], [1]);
    assertAlike(outcome);
  });
});

describe('a stream that draws', () => {
  test('closes its frames when the loop is left, and when the signal fires', async () => {
    const open = await page.evaluate(async () => {
      const isOpen = ({ format }) => format !== null;
      const left = streamOf([image, image, image]);
      for await (const _ of here.drawStream(left.stream, newCanvas())) break;
      const stopped = streamOf([image, image, image]);
      const controller = new AbortController();
      for await (const _ of here.drawStream(stopped.stream, newCanvas(), { signal: controller.signal }))
        controller.abort();
      // Those that were never taken are the caller's.
      for (const { stream } of [left, stopped]) if (stream.locked) await Promise.resolve();
      const taken = [...left.frames.slice(0, 1), ...stopped.frames.slice(0, 1)];
      return taken.filter(isOpen).length;
    });
    assert.equal(open, 0);
  });

  test('whose signal has fired already takes nothing, nor the canvas', async () => {
    const [done, locked, context] = await page.evaluate(async () => {
      const { stream, frames } = streamOf([image]);
      const canvas = new OffscreenCanvas(1, 1);
      const { done } = await here.drawStream(stream, canvas, { signal: AbortSignal.abort() }).next();
      frames[0].close();
      return [done, stream.locked, canvas.getContext('2d') !== null];
    });
    assert.deepEqual([done, locked, context], [true, false, true]);
  });

  test('shows what is found in a video', async () => {
    const { code, size } = await page.evaluate(async () => {
      const video = await t.videoOf('/pictures/tiny.png');
      const canvas = newCanvas();
      const controller = new AbortController();
      const run = async () => {
        const { signal } = controller;
        for await (const _ of here.drawStream(video, canvas, { signal, framesInFlight: 1 })) controller.abort();
      };
      const { code } = await t.outcome(run());
      return { code, size: [canvas.width, canvas.height] };
    });
    assert.deepEqual([code, size], ['none', [TINY.width, TINY.height]]);
  });

  test('of an application’s device draws with that', async () => {
    const outcome = await page.evaluate(async () => {
      const adapter = await navigator.gpu.requestAdapter();
      const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'] });
      const own = await t.load({ backend: 'webgpu', device, worker: false });
      const outcome = await drawnAndExpected(own, { maxDetections: 4 });
      own.dispose();
      return outcome;
    });
    assertAlike(outcome);
  });

  test('has the GPU compile what it draws with before the first frame, and waits for each alone', async () => {
    const { before, compiled, after, events, frames } = await page.evaluate(async () => {
      const adapter = await navigator.gpu.requestAdapter();
      const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'] });
      const own = await t.load({ backend: 'webgpu', device, worker: false });
      const { prototype } = GPUDevice;
      const { createRenderPipelineAsync, createShaderModule } = prototype;
      const { onSubmittedWorkDone, submit } = GPUQueue.prototype;
      const { getCurrentTexture } = GPUCanvasContext.prototype;
      let [made, frames] = [0, 0];
      const events = [];
      const logging = (name, method) =>
        function (...args) {
          events.push(name);
          return method.apply(this, args);
        };
      for (const [name, method] of Object.entries({ createRenderPipelineAsync, createShaderModule })) {
        prototype[name] = function (...args) {
          made++;
          return method.apply(this, args);
        };
      }
      GPUQueue.prototype.onSubmittedWorkDone = logging('wait', onSubmittedWorkDone);
      GPUQueue.prototype.submit = logging('submit', submit);
      GPUCanvasContext.prototype.getCurrentTexture = logging('draw', getCurrentTexture);
      let controller;
      const stream = new ReadableStream({ start: (given) => (controller = given) });
      const drawing = own.drawStream(stream, new OffscreenCanvas(1, 1));
      const before = made;
      const first = drawing.next();
      while (!stream.locked) await new Promise((resolve) => setTimeout(resolve, 10));
      const compiled = made;
      for (const time of [0, 1]) controller.enqueue(new VideoFrame(image, { timestamp: time }));
      controller.close();
      for (let item = await first; !item.done; item = await drawing.next()) frames++;
      const after = made;
      Object.assign(prototype, { createRenderPipelineAsync, createShaderModule });
      Object.assign(GPUQueue.prototype, { onSubmittedWorkDone, submit });
      GPUCanvasContext.prototype.getCurrentTexture = getCurrentTexture;
      own.dispose();
      return { before, compiled, after, events, frames };
    });
    // A shader, and a pipeline each for the frame, masks, outlines and boxes.
    assert.deepEqual([before, compiled, after], [0, 5, 5]);
    const draws = events.flatMap((event, at) => (event === 'draw' ? [at] : []));
    assert.ok(frames > 0);
    assert.equal(draws.length, frames);
    for (const at of draws) assert.deepEqual(events.slice(at, at + 3), ['draw', 'submit', 'wait']);
    assert.equal(events.filter((event) => event === 'wait').length, frames);
  });

  test('draws on a canvas of the page again when its GPU was lost, with another', async () => {
    const [lost, outcome] = await page.evaluate(async () => {
      const open = async () => {
        const adapter = await navigator.gpu.requestAdapter();
        const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'] });
        return [device, await t.load({ backend: 'webgpu', device, worker: false })];
      };
      const [device, first] = await open();
      const canvas = new OffscreenCanvas(1, 1);
      await outcomeOn(first, canvas);
      device.destroy();
      await device.lost;
      const lost = await outcomeOn(first, canvas);
      first.dispose();
      const [, second] = await open();
      const outcome = await drawnAndExpected(second, { maxDetections: 3 }, image, canvas);
      second.dispose();
      return [lost.code, outcome];
    });
    assert.equal(lost, 'device-lost');
    assertAlike(outcome);
  });

  test('of a frame that is too large for one buffer is refused', async () => {
    const { code, message, after } = await page.evaluate(async () => {
      const wide = new OffscreenCanvas(4096, 4097);
      wide.getContext('2d').fillRect(9, 9, 99, 99);
      const run = async () => {
        for await (const _ of here.drawStream(streamOf([wide]).stream, new OffscreenCanvas(9, 9), {
          settings: t.SHORT,
        }));
      };
      return { ...(await t.outcome(run())), after: (await outcomeOn(here, new OffscreenCanvas(9, 9))).code };
    });
    assert.equal(code, 'invalid-input', message);
    assert.match(message, /4096×4097/);
    assert.equal(after, 'none');
  });
});

describe('typed errors', () => {
  test('the CPU does not draw', async () => {
    const { code, message } = await page.evaluate(async () => {
      const cpu = await t.load({ backend: 'cpu' });
      const outcome = await outcomeOn(cpu, newCanvas());
      cpu.dispose();
      return outcome;
    });
    assert.equal(code, 'webgpu-unavailable', message);
    assert.match(message, /`stream`/);
  });

  test('without canvases for WebGPU, the error says what to do instead, and the source is left alone', async () => {
    const { code, message, locked, after } = await page.evaluate(async () => {
      const { GPUCanvasContext } = globalThis;
      const { getContext } = OffscreenCanvas.prototype;
      delete globalThis.GPUCanvasContext;
      OffscreenCanvas.prototype.getContext = function (kind, ...rest) {
        return kind === 'webgpu' ? null : getContext.call(this, kind, ...rest);
      };
      const { stream, frames } = streamOf([image]);
      const canvas = new OffscreenCanvas(1, 1);
      const outcome = await t.outcome(here.drawStream(stream, canvas).next());
      Object.assign(globalThis, { GPUCanvasContext });
      OffscreenCanvas.prototype.getContext = getContext;
      frames[0].close();
      return { ...outcome, locked: stream.locked, after: (await outcomeOn(here, canvas)).code };
    });
    assert.equal(code, 'webgpu-unavailable', message);
    assert.match(message, /`stream`/);
    assert.deepEqual([locked, after], [false, 'none']);
  });

  test('for what is not a canvas, and for options that are for the results of a stream', async () => {
    const outcomes = await page.evaluate(async () => {
      const odd = [undefined, null, {}, 'canvas', document.body, image.getContext('2d')];
      const options = [
        { tile: 200 },
        { diameter: 9 },
        { inspect: true },
        { showLabels: true },
        { colors: () => [0, 0, 0] },
        { colors: [[1, 2]] },
        { fillOpacity: 2 },
        { showBoxes: 1 },
        { showFrame: 'no' },
        { framesInFlight: 3 },
        { classes: ['nothing'] },
        { channels: [9] },
        { settings: { detections: { scoreThreshold: 5 } } },
      ];
      const outcomes = [];
      for (const canvas of odd) outcomes.push(await outcomeOn(here, canvas));
      for (const each of options) outcomes.push(await outcomeOn(here, newCanvas(), each));
      return outcomes;
    });
    assert.deepEqual(
      outcomes.map(({ code, message }) => [code, message]).filter(([code]) => code !== 'invalid-input'),
      [],
    );
  });
});
