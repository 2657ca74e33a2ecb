import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

/** Calls after those that warm up; `MASKRCNN_CALLS=1000` for the long run. */
const CALLS = Number(process.env.MASKRCNN_CALLS ?? 24);

let stand;
before(async () => {
  stand = await setUp({ gpu: false });
});
after(() => stand.tearDown());

test(`${CALLS} calls with random sizes and aborts leave the memory flat`, async (context) => {
  const page = await stand.page();
  const calls = (from, count) =>
    page.evaluate(
      async ([from, count]) => {
        globalThis.segmenter ??= await t.load();
        // A seeded generator, so that a failure can be reproduced.
        globalThis.seed ??= 1;
        const random = (below) => {
          seed = (seed * 48271) % 2147483647;
          return seed % below;
        };
        const codes = {};
        for (let i = from; i < from + count; i++) {
          // The largest size comes first: later ones fit into what it took.
          const [width, height] = i === 0 ? [400, 400] : [1 + random(400), 1 + random(400)];
          const controller = new AbortController();
          const call = t.outcome(segmenter.segment(t.plainImage(width, height), { signal: controller.signal }));
          if (random(4) === 0) setTimeout(() => controller.abort(), random(200));
          const { code } = await call;
          codes[code] = (codes[code] ?? 0) + 1;
        }
        await segmenter.segment(t.plainImage(20, 20));
        return codes;
      },
      [from, count],
    );
  const memory = () =>
    page.workers()[0].evaluate(async () => {
      const { memory } = await (await import('/package/wasm/maskrcnn_cpu.js')).default();
      return memory.buffer.byteLength;
    });
  const warm = await calls(0, Math.ceil(CALLS / 3));
  const before = await memory();
  const codes = await calls(1, CALLS);
  const after = await memory();
  context.diagnostic(`${JSON.stringify(codes)}; ${before} bytes before, ${after} after`);
  assert.deepEqual([...new Set([...Object.keys(warm), ...Object.keys(codes)])].sort(), ['aborted', 'none']);
  // Fragments may cost a little once; a leak of one image a call would be several times as much.
  const allowed = before + 16 * 2 ** 20;
  assert.ok(after <= allowed, `the memory grew from ${before} to ${after} bytes in ${CALLS} calls`);
  await workersLeft(page, 1);
});
