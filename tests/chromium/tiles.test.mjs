// Images that are cut into tiles: what comes out, who works on them, and what happens when something fails.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setUp, workersLeft } from './setup.mjs';

/** With these the default model cuts an image of some hundred pixels, so that tests stay short. */
const SMALL = {
  // Without a diameter to bring the nuclei to, tiles have the model's own scale.
  input: { minSize: 64, maxSize: 320, objectDiameter: null },
  proposals: { preNmsTopN: 600, postNmsTopN: 600 },
};
/** The side of the image that is cut, and the number of its tiles. */
const SIDE = 560;
const TILES = 4;

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false });
});
after(() => stand.tearDown());
beforeEach(async () => {
  await page?.close();
  page = await stand.page();
  await page.evaluate(
    async ([settings, side]) => {
      globalThis.loadNuclei = (options) =>
        t.maskrcnn.Segmenter.load({ model: '/models/nuclei/manifest.json', backend: 'cpu', settings, ...options });
      /** The nuclei of an image again and again, none of them twice at the same place of a tile. */
      globalThis.mosaic = async (width, height) => {
        const piece = await t.canvasOf('/pictures/nuclei-fluorescence.png');
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext('2d');
        for (let y = 0; y < height; y += piece.height) {
          for (let x = 0; x < width; x += piece.width) context.drawImage(piece, x, y);
        }
        return canvas;
      };
      globalThis.image = await mosaic(side, side);
    },
    [SMALL, SIDE],
  );
});

describe('the result', () => {
  test('is that of the whole image, whatever the kind of source and the number of workers', async () => {
    const { whole, tiled, input, requests } = await page.evaluate(async () => {
      const one = await loadNuclei({ workers: 1 });
      const two = await loadNuclei({ workers: 2 });
      // The whole image needs as many proposals as all tiles together.
      const settings = { input: { minSize: 64, maxSize: 1024 }, proposals: { preNmsTopN: 2000, postNmsTopN: 2000 } };
      const whole = await one.segment(image, { tile: false, settings });
      const pixels = image.getContext('2d').getImageData(0, 0, image.width, image.height);
      const raw = { width: image.width, height: image.height, channels: 4, data: pixels.data };
      const regions = {
        ...{ width: image.width, height: image.height, channels: 3 },
        async read({ x, y, width, height }) {
          const part = image.getContext('2d').getImageData(x, y, width, height).data;
          return { width, height, channels: 3, data: part.filter((_, index) => index % 4 !== 3) };
        },
      };
      const found = [await one.segment(image)];
      for (const source of [pixels, await createImageBitmap(image), { ...raw, channels: undefined }, regions]) {
        found.push(await two.segment(source));
      }
      const [{ input }] = found;
      return {
        whole: whole.detections.map(({ box, score, mask }) => ({ box, score, area: mask.area })),
        tiled: found.map(({ detections }) =>
          detections.map(({ box, score, mask }) => ({ box, score, area: mask.area })),
        ),
        input,
        requests: performance.getEntriesByType('resource').filter(({ name }) => name.includes('objects_bg')).length,
      };
    });
    for (const found of tiled.slice(1)) assert.deepEqual(found, tiled[0]);
    const [first] = tiled;
    assert.ok(whole.length > 100, `${whole.length} objects`);
    assert.ok(Math.abs(first.length - whole.length) <= whole.length * 0.02, `${first.length} of ${whole.length}`);
    const near =
      ({ box, area, score }) =>
      (other) =>
        Math.hypot(box.x - other.box.x, box.y - other.box.y) < 3 &&
        Math.abs(area - other.area) < 0.1 * area &&
        Math.abs(score - other.score) < 0.05;
    const matched = whole.filter((object) => first.some(near(object)));
    assert.ok(matched.length >= 0.97 * whole.length, `${matched.length} of ${whole.length} agree`);
    assert.equal(input.tiles.count, TILES);
    assert.equal(input.tiles.done, TILES);
    assert.equal(input.scale, 1);
    // One for all segmenters and images.
    assert.equal(requests, 1);
  });

  test('of an image that fits needs neither tiles nor their module', async () => {
    const from = stand.server.requests.length;
    const { input, truncated } = await page.evaluate(async () => {
      const segmenter = await loadNuclei();
      return segmenter.segment(await mosaic(200, 200)).then(({ input, truncated }) => ({ input, truncated }));
    });
    assert.equal(input.tiles, undefined);
    assert.deepEqual(input.channels, [0, 1, 2]);
    assert.equal(truncated, false);
    const fetched = stand.server.requests.slice(from).filter((path) => path.includes('maskrcnn_objects'));
    assert.deepEqual(fetched, []);
  });

  test('has as many objects as the caller wants, the best, and says that there are more', async () => {
    const [few, all] = await page.evaluate(async () => {
      const segmenter = await loadNuclei();
      const results = [await segmenter.segment(image, { maxDetections: 7 }), await segmenter.segment(image)];
      return results.map(({ truncated, detections }) => ({ truncated, scores: detections.map(({ score }) => score) }));
    });
    assert.equal(few.truncated, true);
    assert.equal(all.truncated, false);
    assert.deepEqual(few.scores, all.scores.slice(0, 7));
  });

  test('of an image that is not cut has more objects than the network gives at once, unless a limit is set', async () => {
    const { most, all, kinds, limited } = await page.evaluate(async () => {
      const crowd = await mosaic(1400, 1300);
      const segmenter = await loadNuclei({ settings: undefined });
      const segment = async (image, options) => {
        const result = await segmenter.segment(image, options);
        return { count: result.detections.length, truncated: result.truncated, tiles: result.input.tiles?.count };
      };
      const all = await segment(crowd);
      // Pixels are copied, bitmaps are handed over, and neither may be the caller's.
      const pixels = crowd.getContext('2d').getImageData(0, 0, crowd.width, crowd.height);
      const bitmap = await createImageBitmap(crowd);
      const kinds = [await segment(pixels), pixels.data.length, await segment(bitmap), bitmap.width];
      const limited = [await segment(crowd, { maxDetections: 300 }), await segment(crowd, { tile: false })];
      segmenter.dispose();
      const few = await loadNuclei({ settings: { detections: { maxDetections: 40 } } });
      const [small, cut] = [await mosaic(400, 400), await mosaic(1500, 900)];
      for (const image of [small, cut]) {
        const { detections, truncated } = await few.segment(image);
        limited.push({ count: detections.length, truncated });
      }
      const { detections } = segmenter.settings;
      return { most: detections.maxDetections, all, kinds, limited };
    });
    assert.equal(most, 500);
    assert.ok(all.count > most && !all.truncated, JSON.stringify(all));
    assert.ok(all.tiles > 1);
    assert.deepEqual(kinds, [all, 1400 * 1300 * 4, all, 1400]);
    assert.deepEqual(limited, [
      { count: 300, truncated: true, tiles: undefined },
      { count: 500, truncated: true, tiles: undefined },
      { count: 40, truncated: true },
      { count: 40, truncated: true },
    ]);
  });

  test('of an image that is longer than any in memory is found region by region', async () => {
    const { boxes, input, largest } = await page.evaluate(async () => {
      const segmenter = await loadNuclei();
      const piece = await t.pixelsOf('/pictures/nuclei-fluorescence.png');
      let largest = 0;
      // Nuclei at both ends, and nothing in between.
      const long = {
        ...{ width: 17_000, height: 100, channels: 1, channelNames: ['DAPI'], pixelSize: 0.5 },
        async read({ x, y, width, height }) {
          largest = Math.max(largest, width * height);
          const data = new Uint8Array(width * height).fill(9);
          for (let row = 0; row < height; row++) {
            for (let column = 0; column < width; column++) {
              const at = x + column < piece.width ? x + column : x + column - (17_000 - piece.width);
              if (at >= 0 && at < piece.width)
                data[row * width + column] = piece.data[((row + y) * piece.width + at) * 4];
            }
          }
          return { width, height, channels: 1, data };
        },
      };
      const { detections, input } = await segmenter.segment(long);
      return { boxes: detections.map(({ box }) => box.x), input, largest };
    });
    const left = boxes.filter((x) => x < 200).length;
    const right = boxes.filter((x) => x >= 16_700).length;
    assert.ok(left > 3, `${left} objects at the left end`);
    assert.ok(Math.abs(left - right) <= 2, `${left} objects at the left end, ${right} at the right`);
    assert.equal(left + right, boxes.length);
    assert.deepEqual(input.channelNames, ['DAPI']);
    assert.equal(input.pixelSize, 0.5);
    assert.ok(largest < 17_000 * 100, 'the image was read as a whole');
  });
});

describe('tiles as they are finished', () => {
  test('are each given once, with their objects, and the last has the result of all', async () => {
    const { tiles, shown, last, whole } = await page.evaluate(async () => {
      const segmenter = await loadNuclei({ workers: 2 });
      const whole = await segmenter.segment(image);
      const items = await t.all(segmenter.segmentTiles(image));
      const tiles = items.map(({ index, done, total, x, y, width, height }) => [
        index,
        done,
        total,
        x,
        y,
        width,
        height,
      ]);
      const shown = items.reduce((sum, { detections }) => sum + detections.length, 0);
      return { tiles, shown, last: t.textOf(items.at(-1).result()), whole: t.textOf(whole) };
    });
    assert.deepEqual(
      tiles.map(([index]) => index).sort(),
      Array.from({ length: TILES }, (_, index) => index),
    );
    assert.deepEqual(
      tiles.map(([, done]) => done),
      Array.from({ length: TILES }, (_, index) => index + 1),
    );
    assert.ok(tiles.every(([, , total]) => total === TILES));
    for (const [, , , x, y, width, height] of tiles)
      assert.ok(x >= 0 && y >= 0 && x + width <= SIDE && y + height <= SIDE);
    assert.equal(last, whole);
    const count = JSON.parse(whole).length - 2;
    assert.ok(Math.abs(shown - count) <= 0.1 * count, `${shown} were shown of ${count}`);
  });

  test('of an image that is not cut are one', async () => {
    const [tile, count] = await page.evaluate(async () => {
      const segmenter = await loadNuclei();
      const [{ result, detections, ...tile }] = await t.all(segmenter.segmentTiles(await mosaic(200, 150)));
      return [{ ...tile, shown: detections.length }, result().detections.length];
    });
    assert.deepEqual(tile, { index: 0, done: 1, total: 1, x: 0, y: 0, width: 200, height: 150, shown: count });
  });

  test('are reported to onProgress, whose error is that of the call', async () => {
    const { seen, error, next } = await page.evaluate(async () => {
      const segmenter = await loadNuclei();
      const seen = [];
      const onProgress = ({ phase, done, total }) => {
        seen.push([phase, done, total]);
        if (done === 2) throw new Error('no more');
      };
      const error = await segmenter.segment(image, { onProgress }).catch(({ message }) => message);
      return { seen, error, next: (await segmenter.segment(await mosaic(200, 200))).detections.length };
    });
    assert.deepEqual(seen.slice(0, 2), [
      ['tiles', 1, TILES],
      ['tiles', 2, TILES],
    ]);
    assert.equal(error, 'no more');
    assert.ok(next > 5);
  });

  test('are no longer worked on when the loop is left', async () => {
    const { count, next } = await page.evaluate(async () => {
      const segmenter = await loadNuclei({ workers: 2 });
      let count = 0;
      for await (const _ of segmenter.segmentTiles(image)) if (++count === 2) break;
      return { count, next: (await segmenter.segment(await mosaic(200, 200))).detections.length };
    });
    assert.equal(count, 2);
    assert.ok(next > 5);
  });
});

describe('workers', () => {
  test('join for an image that is cut only, and end with the segmenter', async () => {
    await page.evaluate(async () => {
      globalThis.segmenter = await loadNuclei({ workers: 2 });
      await segmenter.segment(await mosaic(200, 200));
    });
    await workersLeft(page, 1);
    await page.evaluate(() => segmenter.segment(image).then(() => {}));
    await workersLeft(page, 2);
    await page.evaluate(() => segmenter.dispose());
    await workersLeft(page, 0);
  });

  test('that fail are replaced, and no tile is lost', async () => {
    await page.evaluate(async () => {
      globalThis.segmenter = await loadNuclei({ workers: 2 });
      globalThis.expected = t.textOf(await segmenter.segment(image));
    });
    await workersLeft(page, 2);
    for (const worker of [0, 1]) {
      await page.workers()[worker].evaluate(async () => {
        const { memory } = await (await import('/package/wasm/maskrcnn_cpu.js')).default();
        new Uint8Array(memory.buffer).fill(0xff);
      });
      const [found, expected] = await page.evaluate(async () => [t.textOf(await segmenter.segment(image)), expected]);
      assert.equal(found, expected);
    }
  });

  test('stop at once when the signal fires, and what is done is kept', async () => {
    const { error, partial, next, expected } = await page.evaluate(async () => {
      const segmenter = await loadNuclei({ workers: 2 });
      const stop = new AbortController();
      const onProgress = ({ done }) => done === 3 && stop.abort('enough');
      const error = await segmenter.segment(image, { onProgress, signal: stop.signal }).catch((error) => error);
      const { partial } = error;
      const next = t.textOf(await segmenter.segment(image));
      const other = await loadNuclei({ workers: 1 });
      return {
        error: [error.code, error.name, error.cause],
        partial: { count: partial.detections.length, tiles: partial.input.tiles.done },
        next,
        expected: t.textOf(await other.segment(image)),
      };
    });
    assert.deepEqual(error, ['aborted', 'AbortError', 'enough']);
    assert.equal(partial.tiles, 3);
    assert.ok(partial.count > 5);
    assert.equal(next, expected);
  });

  test('end when the segmenter is disposed of while they work', async () => {
    const { code } = await page.evaluate(async () => {
      const segmenter = await loadNuclei({ workers: 2 });
      return t.outcome(segmenter.segment(image, { onProgress: ({ done }) => done === 2 && segmenter.dispose() }));
    });
    assert.equal(code, 'disposed');
    await workersLeft(page, 0);
  });
});

describe('what is not valid', () => {
  test('is refused before anything runs', async () => {
    const outcomes = await page.evaluate(async () => {
      const segmenter = await loadNuclei();
      const wrong = {
        'tile must be': { tile: 0 },
        'tile, unless': { tile: 'yes' },
        'overlap must be': { overlap: -1 },
        'diameter, unless': { diameter: 0 },
        'diameter.micrometres must be': { diameter: {} },
        'pixelSize must be': { pixelSize: Number.NaN },
        'channels must be': { channels: [0, 1] },
        "no channel 'DAPI'; it has 0 'red'": { channels: 'DAPI' },
        'page is 1; the image is not a stack': { page: 1 },
        'z must be': { z: -1 },
        "projection must be 'max'": { projection: 'mean' },
        'onProgress must be a function': { onProgress: 3 },
        'leave `tile` out': { tile: 128, inspect: true },
        'overlap of': { overlap: 5000 },
        'micrometres needs the size of a pixel': { diameter: { micrometres: 9 } },
      };
      const outcomes = [];
      for (const [message, options] of Object.entries(wrong)) {
        outcomes.push([message, await t.outcome(segmenter.segment(image, options))]);
      }
      return outcomes;
    });
    for (const [expected, { code, message }] of outcomes) {
      assert.equal(code, 'invalid-input', `${expected}: ${message}`);
      assert.ok(message.includes(expected.replace('tile must be', 'tile, unless')), `${expected}: ${message}`);
    }
  });

  test('in one tile only ends the call with its error', async () => {
    const { code, message, next } = await page.evaluate(async () => {
      const segmenter = await loadNuclei({ workers: 2 });
      const broken = {
        ...{ width: 600, height: 600, channels: 1 },
        async read({ x, y, width, height }) {
          const data = new Float32Array(width * height).fill(0.2);
          data[0] = 0.9;
          if (x > 0 && y > 0 && width < 600) data[5] = Number.NaN;
          return { width, height, channels: 1, data };
        },
      };
      const outcome = await t.outcome(segmenter.segment(broken));
      return { ...outcome, next: (await segmenter.segment(await mosaic(200, 200))).detections.length };
    });
    assert.equal(code, 'invalid-input');
    assert.match(message, /NaN/);
    assert.ok(next > 5);
  });
});
