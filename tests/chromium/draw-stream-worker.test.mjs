// Streams that draw in a worker, on canvases that the page hands over.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAlike, setUpDrawing } from './drawing.mjs';

let stand;
let page;
before(async () => {
  stand = await setUpDrawing();
  page = stand.page;
});
after(() => stand.tearDown());

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
