// The renderers for privacy: of a checkerboard of single pixels, which no average leaves as it is.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false });
  page = await stand.page();
  await page.evaluate(() => {
    const [width, height] = [64, 32];
    const board = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const isWhite = ((i % width) + Math.floor(i / width)) % 2;
      board.data.set([isWhite * 255, isWhite * 255, isWhite * 255, 255], i * 4);
    }
    globalThis.board = board;
    const square = (label, x, hasMask) => {
      const box = { x, y: 8, width: 16, height: 16 };
      const data = new Uint8Array(256).fill(1);
      const mask = hasMask ? new t.maskrcnn.Mask({ ...box, data, imageSize: { width, height } }) : undefined;
      return { label, classId: 1, score: 0.9, box, mask };
    };
    // The second one has a box only.
    globalThis.result = { width, height, detections: [square('face', 8, true), square('plate', 40, false)] };
    /**
     * Renders, and returns what is at points in the first object, in the second and beside them: the image itself,
     * or a grey of a brightness, and how opaque.
     */
    globalThis.render = (renderer, options, { scale = 1, source = board, canvas } = {}) => {
      canvas ??= new OffscreenCanvas(width * scale, height * scale);
      t.maskrcnn[renderer](canvas, source, result, options);
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return [10, 42, 28].map((x) => {
        let untouched = 0;
        const levels = new Set();
        for (let row = 10; row < 14; row++) {
          for (let column = x; column < x + 4; column++) {
            const at = (row * scale * canvas.width + column * scale) * 4;
            levels.add(data.subarray(at, at + 4).join(' '));
            if (data[at] === board.data[(row * width + column) * 4] && data[at + 3] === 255) untouched++;
          }
        }
        return { untouched: untouched / 16, levels: [...levels] };
      });
    };
  });
});
after(() => stand.tearDown());

const render = (...args) => page.evaluate((args) => globalThis.render(...args), args);
const untouched = async (...args) => (await render(...args)).map((region) => region.untouched);

for (const renderer of ['pixelate', 'blur']) {
  describe(renderer, () => {
    test('leaves averages of objects, and the rest as it is', async () => {
      const [face, plate, beside] = await render(renderer);
      for (const { untouched, levels } of [face, plate]) {
        assert.equal(untouched, 0);
        for (const level of levels) {
          const [red, , , alpha] = level.split(' ').map(Number);
          assert.ok(red > 100 && red < 155 && alpha === 255, level);
        }
      }
      assert.equal(beside.untouched, 1);
    });

    test('takes only some classes, or everything but them', async () => {
      assert.deepEqual(await untouched(renderer, { classes: ['face'] }), [0, 1, 1]);
      assert.deepEqual(await untouched(renderer, { excludeClasses: ['face'] }), [1, 0, 1]);
      assert.deepEqual(await untouched(renderer, { classes: ['face'], invert: true }), [1, 0, 0]);
      assert.deepEqual(await untouched(renderer, { scoreThreshold: 0.9 }), [1, 1, 1]);
    });

    test('works on the image’s own canvas, and on larger ones', async () => {
      const inPlace = await page.evaluate((renderer) => {
        const canvas = new OffscreenCanvas(64, 32);
        canvas.getContext('2d').putImageData(board, 0, 0);
        return render(renderer, {}, { canvas, source: canvas }).map((region) => region.untouched);
      }, renderer);
      assert.deepEqual(inPlace, [0, 0, 1]);
      assert.deepEqual((await untouched(renderer, {}, { scale: 3 })).slice(0, 2), [0, 0]);
    });
  });
}

describe('the renderers for privacy', () => {
  test('pixelate in blocks of the size that is asked for', async () => {
    const blocks = await page.evaluate(() => {
      const source = new OffscreenCanvas(64, 32);
      const context = source.getContext('2d');
      const gradient = context.createLinearGradient(0, 0, 64, 0);
      gradient.addColorStop(0, 'black');
      gradient.addColorStop(1, 'white');
      context.fillStyle = gradient;
      context.fillRect(0, 0, 64, 32);
      const canvas = new OffscreenCanvas(64, 32);
      t.maskrcnn.pixelate(canvas, source, result, { blockSize: 4, classes: ['plate'] });
      const { data } = canvas.getContext('2d').getImageData(40, 16, 16, 1);
      return Array.from({ length: 16 }, (_, i) => data[i * 4]);
    });
    for (let i = 0; i < 16; i++) assert.equal(blocks[i], blocks[i - (i % 4)]);
    assert.equal(new Set(blocks).size, 4);
  });

  test('leave nothing of what is painted over', async () => {
    const [face, plate, beside] = await render('redact', { color: [1, 2, 3] });
    assert.deepEqual(face.levels, ['1 2 3 255']);
    assert.deepEqual(plate.levels, ['1 2 3 255']);
    assert.equal(beside.untouched, 1);
  });

  test('grow objects by a margin', async () => {
    const reached = await page.evaluate(() => {
      const alphaAt = (options, x) => {
        const canvas = new OffscreenCanvas(64, 32);
        t.maskrcnn.redact(canvas, board, result, { color: [255, 0, 0], ...options });
        const [red, green] = canvas.getContext('2d').getImageData(x, 16, 1, 1).data;
        return red === 255 && green === 0;
      };
      return [alphaAt({}, 6), alphaAt({ margin: 3 }, 6), alphaAt({ margin: 3 }, 3), alphaAt({ margin: 3 }, 37)];
    });
    assert.deepEqual(reached, [false, true, false, true]);
  });

  test('replace the background: by nothing, a colour or an image', async () => {
    const [face, , beside] = await render('replaceBackground');
    assert.equal(face.untouched, 1);
    assert.deepEqual(beside.levels, ['0 0 0 0']);
    const [kept, dropped, colored] = await render('replaceBackground', { background: [7, 8, 9], classes: ['face'] });
    assert.equal(kept.untouched, 1);
    assert.deepEqual([dropped.levels, colored.levels], [['7 8 9 255'], ['7 8 9 255']]);
    const [, , withImage] = await page.evaluate(() =>
      render('replaceBackground', { background: t.plainImage(10, 10) }),
    );
    assert.deepEqual(withImage.levels, ['136 170 153 255']);
  });

  test('let nothing shine through where the image is transparent', async () => {
    const levels = await page.evaluate(() => {
      const source = new ImageData(64, 32);
      for (let i = 0; i < 64 * 32; i++) source.data.set([255, 0, 0, i % 2 ? 128 : 0], i * 4);
      const canvas = new OffscreenCanvas(64, 32);
      // What was on the canvas is gone, too.
      canvas.getContext('2d').fillRect(0, 0, 64, 32);
      t.maskrcnn.pixelate(canvas, source, result);
      const { data } = canvas.getContext('2d').getImageData(12, 12, 4, 4);
      return [...new Set(Array.from({ length: 16 }, (_, i) => data[i * 4 + 3]))];
    });
    assert.equal(levels.length, 1);
    assert.ok(levels[0] > 50 && levels[0] < 78, `${levels} is the mean of 0 and 128`);
  });

  test('refuse invalid sizes', async () => {
    const codes = await page.evaluate(() => {
      const { pixelate, blur, redact } = t.maskrcnn;
      const canvas = new OffscreenCanvas(64, 32);
      const tries = [
        async () => pixelate(canvas, board, result, { blockSize: 0 }),
        async () => blur(canvas, board, result, { radius: Number.NaN }),
        async () => redact(canvas, board, result, { margin: -1 }),
      ];
      return Promise.all(tries.map(async (attempt) => (await t.outcome(attempt())).code));
    });
    assert.deepEqual(codes, ['invalid-input', 'invalid-input', 'invalid-input']);
  });
});
