// Frames that are drawn on the GPU with what is found in them, where nothing is read back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { FRAMES, textOfMakers } from './frames.mjs';
import { GPU_CANVAS_FLAGS } from './launch.mjs';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp({ flags: [...GPU_CANVAS_FLAGS, '--js-flags=--expose-gc'] });
  page = await stand.page();
  await page.evaluate(async () => {
    const { draw } = t.maskrcnn;
    const image = await t.canvasOf('/pictures/tiny.png');
    globalThis.here = await t.load({ backend: 'webgpu', worker: false });
    globalThis.image = image;
    /** A stream of frames, each of an image, and the frames. */
    globalThis.streamOf = (images) => {
      const frames = images.map((image, index) => new VideoFrame(image, { timestamp: index * 40_000 }));
      const waiting = [...frames];
      const stream = new ReadableStream(
        {
          pull(controller) {
            const frame = waiting.shift();
            if (frame) controller.enqueue(frame);
            else controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      return { stream, frames };
    };
    /** What a canvas shows, at the size of what is drawn. */
    globalThis.shownOn = (canvas) => {
      const { width, height } = canvas;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.drawImage(canvas, 0, 0);
      return context.getImageData(0, 0, width, height);
    };
    /** What the package draws of a result, with the pixels of its masks and not their outlines, which are smoothed. */
    globalThis.expected = (image, result, options = {}) => {
      const { showFrame = true, fillOpacity = 0.35, showBoxes, colors = t.maskrcnn.PALETTE } = options;
      const canvas = new OffscreenCanvas(result.width, result.height);
      const context = canvas.getContext('2d');
      if (showFrame) context.drawImage(image, 0, 0);
      context.globalAlpha = fillOpacity;
      for (const [index, { mask }] of [...result.detections.entries()].reverse()) {
        const data = mask?.toImageData([...colors[index % colors.length], 255]);
        if (!data) continue;
        const layer = new OffscreenCanvas(data.width, data.height);
        layer.getContext('2d').putImageData(data, 0, 0);
        context.drawImage(layer, mask.x, mask.y);
      }
      context.globalAlpha = 1;
      const rest = { fillOpacity: 0, showOutlines: false, showLabels: false, showScores: false };
      draw(canvas, null, result, { ...rest, colors, showBoxes });
      return shownOn(canvas);
    };
    /** How far pixels may differ: by rounding, and at the edges of lines, which canvases smooth in coarser steps. */
    globalThis.TOLERANCE = { masks: 3, lines: 45 };
    /** How many pixels differ by more. */
    globalThis.compared = (a, b, tolerance = TOLERANCE.masks) => {
      let differing = 0;
      for (let at = 0; at < a.data.length; at += 4) {
        const parts = [0, 1, 2, 3].map((part) => Math.abs(a.data[at + part] - b.data[at + part]));
        differing += Math.max(...parts) > tolerance ? 1 : 0;
      }
      return { size: [a.width, a.height], pixels: a.width * a.height, differing };
    };
    /** Draws one image in a stream, and compares it with what the package draws of the same. */
    globalThis.drawnAndExpected = async (
      segmenter,
      options = {},
      picture = image,
      canvas = new OffscreenCanvas(1, 1),
    ) => {
      const { showFrame, fillOpacity, showBoxes, colors, ...call } = options;
      const drawn = { showOutlines: false, ...options };
      const look = { showFrame, fillOpacity, showBoxes, colors };
      const result = await segmenter.segment(picture, { tile: false, ...call });
      const wanted = expected(picture, result, look);
      const plain = expected(picture, { ...result, detections: [] }, look);
      for await (const _ of segmenter.drawStream(streamOf([picture]).stream, canvas, drawn));
      const { detections } = result;
      const changed = compared(wanted, plain).differing;
      const tolerance = showBoxes || !segmenter.hasMasks ? TOLERANCE.lines : TOLERANCE.masks;
      return { ...compared(shownOn(canvas), wanted, tolerance), changed, count: detections.length };
    };
    /** Waits until a canvas shows what a worker has drawn, as a page does not hear of that. */
    globalThis.comparedSoon = async (canvas, wanted, tolerance) => {
      for (let tries = 0; ; tries++) {
        const outcome = compared(shownOn(canvas), wanted, tolerance);
        if (outcome.differing < 0.005 * outcome.pixels || tries === 100) return outcome;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    /**
     * How lines that are drawn lie to those that are wanted: pixels of either, those with no pixel of the other within two
     * pixels, and those that are drawn in another colour than the best object's and black.
     */
    globalThis.outlinesOf = (drawn, wanted) => {
      const { width, height } = drawn;
      const isSet = ({ data }, at) => data[4 * at + 3] > 64;
      const isNear = (image, at) => {
        const [x, y] = [at % width, Math.floor(at / width)];
        for (let row = Math.max(0, y - 2); row <= Math.min(height - 1, y + 2); row++) {
          for (let column = Math.max(0, x - 2); column <= Math.min(width - 1, x + 2); column++) {
            if (isSet(image, row * width + column)) return true;
          }
        }
        return false;
      };
      const known = [t.maskrcnn.PALETTE[0], [0, 0, 0]];
      const isKnown = ({ data }, at) =>
        known.some((color) => color.every((part, index) => Math.abs(part - data[4 * at + index]) < 4));
      const counts = { drawn: 0, wanted: 0, astray: 0, missing: 0, colours: 0 };
      for (let at = 0; at < width * height; at++) {
        if (isSet(drawn, at)) {
          counts.drawn++;
          counts.astray += isNear(wanted, at) ? 0 : 1;
          counts.colours += isKnown(drawn, at) ? 0 : 1;
        }
        if (isSet(wanted, at)) {
          counts.wanted++;
          counts.missing += isNear(drawn, at) ? 0 : 1;
        }
      }
      return counts;
    };
    globalThis.newCanvas = () => document.body.appendChild(document.createElement('canvas'));
    /** What becomes of a stream of one frame. */
    globalThis.outcomeOn = async (segmenter, canvas, options) => {
      const drawn = { showOutlines: false, ...options };
      const run = async () => {
        for await (const _ of segmenter.drawStream(streamOf([image]).stream, canvas, drawn));
      };
      return t.outcome(run());
    };
  });
});
after(() => stand.tearDown());

/** Pixels whose probability is within rounding of the threshold. */
const MAX_DIFFERING = 0.005;

function assertAlike({ differing, pixels, changed, size }, [width, height] = [TINY.width, TINY.height]) {
  assert.deepEqual(size, [width, height]);
  assert.ok(changed > pixels * 0.03, `what is found changes ${changed} of ${pixels} pixels`);
  assert.ok(differing <= pixels * MAX_DIFFERING, `${differing} of ${pixels} pixels differ`);
}

describe('what is drawn is what the package draws of the result', () => {
  const OPTIONS = {
    'by default': {},
    'with a threshold': { scoreThreshold: 0.3 },
    'of a few objects': { maxDetections: 3 },
    'with opaque masks in two colours': {
      fillOpacity: 1,
      colors: [
        [255, 0, 0],
        [0, 0, 255],
      ],
    },
    'with boxes': { showBoxes: true, maxDetections: 8 },
    'with boxes alone': { showBoxes: true, fillOpacity: 0, maxDetections: 3 },
    'without the frame': { showFrame: false },
    'with masks over the exact edges of their boxes': { settings: { detections: { pooling: 'aligned' } } },
  };
  for (const [name, options] of Object.entries(OPTIONS)) {
    test(name, async () => {
      assertAlike(await page.evaluate((options) => drawnAndExpected(here, options), options));
    });
  }

  test('of some classes', async () => {
    const outcomes = await page.evaluate(async () => {
      const { detections } = await here.segment(image);
      const [first, second] = [...new Set(detections.map(({ label }) => label))];
      const some = await drawnAndExpected(here, { classes: [first, second], maxDetections: 5 });
      return [some, await drawnAndExpected(here, { excludeClasses: [first] })];
    });
    for (const outcome of outcomes) assertAlike(outcome);
  });

  test('of a model without masks, which has boxes only', async () => {
    const { outcome, hasMasks } = await page.evaluate(async () => {
      const faster = await t.load({ backend: 'webgpu', worker: false, checkpoint: { masks: false } });
      const { hasMasks } = faster;
      const outcome = await drawnAndExpected(faster, { maxDetections: 4 });
      faster.dispose();
      return { outcome, hasMasks };
    });
    assert.equal(hasMasks, false);
    assertAlike(outcome);
  });

  test('with outlines where the package has them, in its colours', async () => {
    const outcomes = await page.evaluate(async () => {
      // Rims of several objects would mix with the lines beneath.
      const options = { maxDetections: 1, fillOpacity: 0, showFrame: false };
      const outcomes = [];
      for (const [width, height] of [
        [302, 204],
        [1208, 816],
      ]) {
        const picture = await t.stretched('/pictures/tiny.png', width, height);
        const result = await here.segment(picture, { tile: false, maxDetections: 1 });
        const wanted = new OffscreenCanvas(width, height);
        t.maskrcnn.draw(wanted, null, result, { fillOpacity: 0, showLabels: false, showScores: false });
        const canvas = new OffscreenCanvas(1, 1);
        for await (const _ of here.drawStream(streamOf([picture]).stream, canvas, options));
        outcomes.push(outlinesOf(shownOn(canvas), shownOn(wanted)));
      }
      return outcomes;
    });
    for (const { drawn, wanted, astray, missing, colours } of outcomes) {
      assert.ok(wanted > 500 && Math.abs(drawn / wanted - 1) < 0.25, `${drawn} pixels for ${wanted}`);
      assert.ok(astray < drawn * 0.01, `${astray} of ${drawn} pixels are beside the package's outlines`);
      assert.ok(missing < wanted * 0.01, `${missing} of ${wanted} pixels are missing`);
      assert.ok(colours < drawn * 0.01, `${colours} of ${drawn} pixels have none of the colours`);
    }
  });

  for (const [width, height] of [
    [64, 48],
    [65, 130],
    [640, 256],
  ]) {
    test(`at ${width}×${height}, on a canvas of another size`, async () => {
      const outcome = await page.evaluate(
        async ([width, height]) => {
          const picture = await t.stretched('/pictures/tiny.png', width, height);
          const canvas = new OffscreenCanvas(200, 100);
          return drawnAndExpected(here, { maxDetections: 8 }, picture, canvas);
        },
        [width, height],
      );
      assertAlike(outcome, [width, height]);
    });
  }

  test('of a frame in which nothing is found', async () => {
    const { differing, size, count } = await page.evaluate(() => drawnAndExpected(here, { scoreThreshold: 1 }));
    assert.deepEqual([differing, size, count], [0, [TINY.width, TINY.height], 0]);
  });
});

describe('a frame is copied as it is, and has the colours that the browser shows', () => {
  before(() => page.evaluate(`globalThis.makers = ${textOfMakers()}`));

  for (const [name, make] of Object.entries(FRAMES)) {
    test(name, async () => {
      const { differing, values, calls, isPlain, open } = await page.evaluate(`(async () => {
        // A browser may interpolate the colours of NV12 on the GPU, and repeat them elsewhere.
        const frame = (${make})(makers);
        const frameTolerance = frame.format === 'NV12' ? 4 : 1;
        const isTurned = Boolean(frame.rotation);
        const isPlain = !frame.format.includes('A') && !isTurned && frame.displayWidth === frame.visibleRect.width;
        const bitmap = await createImageBitmap(frame);
        const size = [frame.displayWidth, frame.displayHeight];
        const wanted = expected(bitmap, { width: bitmap.width, height: bitmap.height, detections: [] });
        const stream = new ReadableStream({
          start(controller) {
            controller.enqueue(frame);
            controller.close();
          },
        });
        let calls = 0;
        const { createImageBitmap: make } = globalThis;
        const { prototype } = OffscreenCanvasRenderingContext2D;
        const { drawImage } = prototype;
        globalThis.createImageBitmap = (...args) => calls++ || make(...args);
        prototype.drawImage = function (...args) {
          calls++;
          return drawImage.apply(this, args);
        };
        const canvas = new OffscreenCanvas(1, 1);
        for await (const _ of here.drawStream(stream, canvas, { settings: t.SHORT, scoreThreshold: 1 }));
        globalThis.createImageBitmap = make;
        prototype.drawImage = drawImage;
        const shown = shownOn(canvas);
        const { differing, size: shownSize } = compared(shown, wanted, frameTolerance);
        if (String(shownSize) !== String(size)) throw new Error(shownSize + ' is not ' + size);
        return { differing, values: new Set(shown.data).size, calls, isPlain, open: frame.format !== null };
      })()`);
      assert.ok(values > 20, `${values} values`);
      assert.equal(differing, 0);
      assert.equal(calls, isPlain ? 0 : 1);
      assert.equal(open, false);
    });
  }
});

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

describe('in a worker', () => {
  before(() =>
    page.evaluate(async () => {
      globalThis.there = await t.load({ backend: 'webgpu' });
      globalThis.canvas = newCanvas();
      globalThis.found = await there.segment(image, { tile: false });
    }),
  );

  test('the canvas of the page shows what is drawn, and can be drawn on by a second stream', async () => {
    const [first, second, without] = await page.evaluate(async () => {
      const drawn = async (options, result) => {
        for await (const _ of there.drawStream(streamOf([image]).stream, canvas, { ...options, showOutlines: false }));
        return comparedSoon(canvas, expected(image, result, options));
      };
      const few = { ...found, detections: found.detections.slice(0, 2) };
      return [await drawn({}, found), await drawn({ maxDetections: 2 }, few), await drawn({ showFrame: false }, found)];
    });
    for (const outcome of [first, second, without]) assertAlike({ ...outcome, changed: outcome.pixels });
  });

  test('another segmenter of the same worker draws on it, too', async () => {
    const outcome = await page.evaluate(async () => {
      const second = await t.load({ backend: 'webgpu' });
      const options = { showOutlines: false, showBoxes: true, maxDetections: 2 };
      for await (const _ of second.drawStream(streamOf([image]).stream, canvas, options));
      second.dispose();
      const few = { ...found, detections: found.detections.slice(0, 2) };
      return comparedSoon(canvas, expected(image, few, options), TOLERANCE.lines);
    });
    assertAlike({ ...outcome, changed: outcome.pixels });
  });

  test('an OffscreenCanvas is handed over', async () => {
    const [outcome, code] = await page.evaluate(async () => {
      const shown = newCanvas();
      const offscreen = shown.transferControlToOffscreen();
      const { code } = await outcomeOn(there, offscreen);
      return [await comparedSoon(shown, expected(image, found)), code];
    });
    assert.equal(code, 'none');
    assertAlike({ ...outcome, changed: outcome.pixels });
  });

  test('a canvas is told apart that is elsewhere', async () => {
    const outcomes = await page.evaluate(async () => {
      const elsewhere = newCanvas();
      await outcomeOn(here, elsewhere);
      const flat = newCanvas();
      flat.getContext('2d');
      const flatOffscreen = new OffscreenCanvas(9, 9);
      flatOffscreen.getContext('2d');
      const handedOver = newCanvas();
      handedOver.transferControlToOffscreen();
      const outcomes = [
        await outcomeOn(here, canvas),
        await outcomeOn(there, elsewhere),
        await outcomeOn(there, flat),
        await outcomeOn(there, flatOffscreen),
        await outcomeOn(there, handedOver),
        await outcomeOn(here, flat),
        await outcomeOn(here, flatOffscreen),
        await outcomeOn(here, handedOver),
      ];
      return [...outcomes, await outcomeOn(there, canvas)];
    });
    const last = outcomes.pop();
    assert.equal(last.code, 'none', last.message);
    const reasons = [
      /another segmenter/,
      /context already/,
      /context already/,
      /context already/,
      /handed over/,
      /context already/,
      /context already/,
      /handed over/,
    ];
    assert.equal(outcomes.length, reasons.length);
    for (const [index, { code, message }] of outcomes.entries()) {
      assert.equal(code, 'invalid-input', message);
      assert.match(message, reasons[index]);
    }
  });

  test('the worker forgets a canvas that the page has forgotten', async () => {
    const outcome = await page.evaluate(async () => {
      const { postMessage } = Worker.prototype;
      const [handedOver, dropped] = [[], []];
      Worker.prototype.postMessage = function (message, ...rest) {
        const { method, canvas } = message.request ?? {};
        if (method === 'canvas') handedOver.push(canvas);
        if (method === 'dropCanvas') dropped.push(canvas);
        return postMessage.call(this, message, ...rest);
      };
      await outcomeOn(there, document.createElement('canvas'));
      // Canvases of other tests may be forgotten meanwhile.
      for (let tries = 0; !dropped.includes(handedOver[0]) && tries < 100; tries++) {
        await gc({ type: 'major', execution: 'async' });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      Worker.prototype.postMessage = postMessage;
      return [handedOver.length, dropped.includes(handedOver[0]), (await outcomeOn(there, canvas)).code];
    });
    assert.deepEqual(outcome, [1, true, 'none']);
  });

  // The counting starts workers of its own from here on.
  test('nothing is read back there either', async () => {
    const [before, after, frames] = await page.evaluate(async () => {
      const { counts, lastWorker } = await import('/benches/meters.mjs');
      const counted = await t.load({
        backend: 'webgpu',
        worker: (backend) => new Worker(`/package/worker-${backend}.js`, { type: 'module' }),
      });
      const worker = lastWorker();
      const before = await counts(worker);
      let frames = 0;
      for await (const _ of counted.drawStream(streamOf([image, image]).stream, newCanvas())) frames++;
      const after = await counts(worker);
      counted.dispose();
      return [before, after, frames];
    });
    assert.ok(frames > 0);
    assert.equal(after.readbacks, before.readbacks);
  });

  test('a canvas of a worker that has ended has to be replaced', async () => {
    const [ended, fresh] = await page.evaluate(async () => {
      there.dispose();
      const third = await t.load({ backend: 'webgpu' });
      const outcomes = [await outcomeOn(third, canvas), await outcomeOn(third, newCanvas())];
      third.dispose();
      return outcomes;
    });
    assert.deepEqual([ended.code, fresh.code], ['invalid-input', 'none']);
    assert.match(ended.message, /replaceWith/);
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
