import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

/** `MASKRCNN_CALLS=1000` for the long run. */
const CALLS = Number(process.env.MASKRCNN_CALLS ?? 24);

let stand;
before(async () => {
  stand = await setUp({ gpu: false });
});
after(() => stand.tearDown());

test(`${CALLS} calls with random sizes and aborts leave the memory flat`, async (context) => {
  const page = await stand.page();
  const calls = (count) =>
    page.evaluate(async (count) => {
      // A seeded generator, so that a failure can be reproduced.
      let seed = 1;
      const random = (below) => {
        seed = (seed * 48271) % 2147483647;
        return seed % below;
      };
      const codes = {};
      for (let i = 0; i < count; i++) {
        const controller = new AbortController();
        const image = t.plainImage(1 + random(400), 1 + random(400));
        const call = t.outcome(segmenter.segment(image, { signal: controller.signal }));
        // Some at once, so that there are aborts however fast the machine is.
        if (i % 8 === 3) controller.abort();
        else if (random(4) === 0) setTimeout(() => controller.abort(), random(200));
        const { code } = await call;
        codes[code] = (codes[code] ?? 0) + 1;
      }
      await segmenter.segment(t.plainImage(20, 20));
      return codes;
    }, count);
  const memory = () =>
    page.workers()[0].evaluate(async () => {
      const { memory } = await (await import('/package/wasm/maskrcnn_cpu.js')).default();
      return memory.buffer.byteLength;
    });
  // What the largest inputs of the network take, which are those of narrow images: their shorter side is scaled up. A
  // worker that takes the place of an aborted one may see none as large, so it is measured before there is one.
  await page.evaluate(async () => {
    globalThis.segmenter = await t.load();
    for (const side of [400, 200, 100, 50, 25]) {
      await segmenter.segment(t.plainImage(side, 400));
      await segmenter.segment(t.plainImage(400, side));
    }
  });
  const before = await memory();
  const codes = await calls(CALLS);
  const after = await memory();
  context.diagnostic(`${JSON.stringify(codes)}; ${before} bytes before, ${after} after`);
  assert.deepEqual(Object.keys(codes).sort(), ['aborted', 'none']);
  // Fragments may cost a little once; a leak of one image a call would be several times as much.
  const allowed = before + 16 * 2 ** 20;
  assert.ok(after <= allowed, `the memory grew from ${before} to ${after} bytes in ${CALLS} calls`);
  await workersLeft(page, 1);
});
