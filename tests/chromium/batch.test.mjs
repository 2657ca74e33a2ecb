// Many images: in which order they come, who works on them, and when they are asked for.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false });
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.segmenter = await t.load({ workers: 1, settings: t.SHORT });
  });
});
after(() => stand.tearDown());

describe('one worker', () => {
  test('come with their places and results, from a list or a generator', async () => {
    const [listed, made] = await page.evaluate(async () => {
      const images = [30, 50, 40].map((width) => t.plainImage(width, 20));
      async function* making() {
        yield* images;
      }
      const told = ({ index, image, result }) => [index, images.indexOf(image), result.width];
      return [
        (await t.all(segmenter.segmentAll(images))).map(told),
        (await t.all(segmenter.segmentAll(making()))).map(told),
      ];
    });
    const expected = [
      [0, 0, 30],
      [1, 1, 50],
      [2, 2, 40],
    ];
    assert.deepEqual(listed, expected);
    assert.deepEqual(made, expected);
  });

  test('are asked for one by one, and no more after the loop ends', async () => {
    const [asked, closed] = await page.evaluate(async () => {
      let [asked, closed] = [0, false];
      const images = {
        [Symbol.iterator]: () => ({
          next: () => ({ done: false, value: t.plainImage(30, ++asked) }),
          return() {
            closed = true;
            return { done: true, value: undefined };
          },
        }),
      };
      for await (const { index } of segmenter.segmentAll(images)) if (index === 1) break;
      return [asked, closed];
    });
    assert.deepEqual([asked, closed], [2, true]);
  });

  test('end with the first one that fails, and with the signal, even while the next one is awaited', async () => {
    const [failed, done, aborted, waiting] = await page.evaluate(async () => {
      const image = t.plainImage(30, 20);
      let done = 0;
      const loop = async (images, options, onItem = () => {}) => {
        for await (const item of segmenter.segmentAll(images, options)) onItem(item);
      };
      const failed = await t.outcome(loop([image, new Blob(['not an image']), image], {}, () => done++));
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = await t.outcome(loop([image, image], { signal }, () => controller.abort()));
      async function* never() {
        yield image;
        await new Promise(() => {});
      }
      const other = new AbortController();
      const endless = loop(never(), { signal: other.signal }, () => setTimeout(() => other.abort(), 10));
      return [failed.code, done, aborted.code, (await t.outcome(endless)).code];
    });
    assert.deepEqual([failed, done, aborted, waiting], ['invalid-input', 1, 'aborted', 'aborted']);
  });
});

describe('several workers', () => {
  /** A page of its own, so that its workers can be counted; `batch` segments images whose sides say which they are. */
  async function pageWithWorkers(workers) {
    const page = await stand.page();
    await page.evaluate(async (workers) => {
      globalThis.source = await t.pixelsOf('/pictures/tiny.png');
      globalThis.segmenter = await t.load({ workers });
      /** The upper part of an image. */
      globalThis.part = (height) => ({
        ...{ width: source.width, height, channels: 3 },
        data: source.data.slice(0, source.width * height * 4).filter((_, index) => index % 4 !== 3),
      });
    }, workers);
    return page;
  }

  test('give the results of one, in the order of the images', async () => {
    const page = await pageWithWorkers(3);
    await workersLeft(page, 1);
    const [alone, together, indices] = await page.evaluate(async () => {
      const heights = [60, 100, 80, 90, 70, 64, 75];
      const one = await t.load({ workers: 1 });
      const alone = [];
      for (const height of heights) alone.push(t.textOf(await one.segment(part(height))));
      one.dispose();
      const items = await t.all(segmenter.segmentAll(heights.map(part)));
      return [alone, items.map(({ result }) => t.textOf(result)), items.map(({ index }) => index)];
    });
    assert.deepEqual(together, alone);
    assert.deepEqual(indices, [0, 1, 2, 3, 4, 5, 6]);
    await workersLeft(page, 3);
    await page.evaluate(() => segmenter.dispose());
    await workersLeft(page, 0);
    await page.close();
  });

  test('are not started for a single image', async () => {
    const page = await pageWithWorkers(3);
    await page.evaluate(async () => {
      await t.all(segmenter.segmentAll([part(60)]));
      await t.all(segmenter.segmentAll([]));
    });
    await workersLeft(page, 1);
    await page.close();
  });

  test('have no more images than there are workers', async () => {
    const page = await pageWithWorkers(3);
    const [ahead, asked] = await page.evaluate(async () => {
      let asked = 0;
      async function* images() {
        for (;;) yield part(50 + (asked++ % 5));
      }
      const ahead = [];
      for await (const { index } of segmenter.segmentAll(images())) {
        // Workers that are ahead of the loop finish what they have.
        await new Promise((resolve) => setTimeout(resolve, 300));
        ahead.push(asked - index);
        if (index === 4) break;
      }
      return [ahead, asked];
    });
    assert.ok(Math.max(...ahead) <= 3 && Math.max(...ahead) >= 2, String(ahead));
    assert.ok(asked <= 7, `${asked} images`);
    await page.close();
  });

  test('end with the first image that fails, whichever is finished first', async () => {
    const page = await pageWithWorkers(2);
    const [{ code, message }, done, next] = await page.evaluate(async () => {
      const done = [];
      const loop = async () => {
        const images = [part(100), new Blob(['not an image']), part(60), { width: 0, height: 1, channels: 3 }];
        for await (const { index } of segmenter.segmentAll(images)) done.push(index);
      };
      const outcome = await t.outcome(loop());
      return [outcome, done, (await t.all(segmenter.segmentAll([part(60), part(70)]))).length];
    });
    assert.equal(code, 'invalid-input');
    assert.doesNotMatch(message, /0×1/);
    assert.deepEqual(done, [0]);
    assert.equal(next, 2);
    await page.close();
  });

  test('that fail are replaced, and no image is lost', async () => {
    const page = await pageWithWorkers(2);
    const texts = () =>
      page.evaluate(async () => {
        const items = await t.all(segmenter.segmentAll([60, 100, 80, 90, 70, 64].map(part)));
        return items.map(({ result }) => t.textOf(result));
      });
    const expected = await texts();
    await workersLeft(page, 2);
    await page.workers()[1].evaluate(async () => {
      const { memory } = await (await import('/package/wasm/maskrcnn_cpu.js')).default();
      new Uint8Array(memory.buffer).fill(0xff);
    });
    assert.deepEqual(await texts(), expected);
    await page.close();
  });

  test('stop when the loop is left, and when the signal fires', async () => {
    const page = await pageWithWorkers(2);
    const { code, next } = await page.evaluate(async () => {
      const images = Array.from({ length: 20 }, () => part(100));
      const stop = new AbortController();
      const loop = async () => {
        for await (const { index } of segmenter.segmentAll(images, { signal: stop.signal }))
          index === 1 && stop.abort();
      };
      const { code } = await t.outcome(loop());
      for await (const { index } of segmenter.segmentAll(images)) if (index === 1) break;
      return { code, next: (await segmenter.segment(part(60))).height };
    });
    assert.equal(code, 'aborted');
    assert.equal(next, 60);
    await page.close();
  });

  test('are not used where onProgress could not tell the images apart', async () => {
    const page = await pageWithWorkers(3);
    const phases = await page.evaluate(async () => {
      const phases = [];
      const onProgress = ({ phase, done, total }) => phases.push([phase, done, total].join(' '));
      await t.all(segmenter.segmentAll([60, 70, 80].map(part), { onProgress }));
      return phases;
    });
    assert.deepEqual(phases, ['tiles 1 1', 'tiles 1 1', 'tiles 1 1']);
    await workersLeft(page, 1);
    await page.close();
  });
});
