// What a stream draws on the GPU, held against what the package draws of the same result.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAlike, setUpDrawing } from './drawing.mjs';
import { TINY } from './fixtures.mjs';
import { FRAMES, textOfMakers } from './frames.mjs';

let stand;
let page;
before(async () => {
  stand = await setUpDrawing();
  page = stand.page;
});
after(() => stand.tearDown());

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
