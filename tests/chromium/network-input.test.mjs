// How the network sees an image: which channels of it, and at which scale.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

/** Small inputs, so that tests stay short; the diameter is of the nuclei in the tests' image at their own scale. */
const SETTINGS = {
  input: { minSize: 96, maxSize: 640, objectDiameter: 14 },
  proposals: { preNmsTopN: 300, postNmsTopN: 300 },
};

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false });
  page = await stand.page();
  await page.evaluate(async (settings) => {
    const model = '/models/nuclei/manifest.json';
    globalThis.loadNuclei = (options) => t.maskrcnn.Segmenter.load({ model, backend: 'cpu', settings, ...options });
    globalThis.segmenter = await loadNuclei();
    globalThis.shown = await t.pixelsOf('/pictures/nuclei-fluorescence.png');
    /** An image of several channels, of which those with a number hold the nuclei, times that. */
    globalThis.channelsOf = (factors, channelNames) => {
      const { width, height } = shown;
      const data = new Uint16Array(width * height * factors.length);
      factors.forEach((factor, channel) => {
        for (let pixel = 0; pixel < width * height; pixel++) {
          data[channel * width * height + pixel] = shown.data[pixel * 4] * factor + ((pixel * 7) % 5) * (factor === 0);
        }
      });
      return { width, height, channels: factors.length, layout: 'planar', data, channelNames };
    };
  }, SETTINGS);
});
after(() => stand.tearDown());

describe('channels', () => {
  test('are chosen by index or by name, and the result says which they were', async () => {
    const { found, expected } = await page.evaluate(async () => {
      const names = ['Brightfield', 'DAPI', 'GFP', 'Cy5'];
      const image = channelsOf([0, 16, 0, 0], names);
      const expected = t.textOf(await segmenter.segment({ ...channelsOf([16]) }));
      const found = [];
      for (const channels of [1, 'DAPI', 'dapi', ['DAPI'], [1, 1, 1]]) {
        const result = await segmenter.segment(image, { channels });
        found.push([t.textOf(result), result.input.channels, result.input.channelNames]);
      }
      return { found, expected };
    });
    assert.ok(JSON.parse(expected).length > 5);
    for (const [text, channels, names] of found) {
      assert.equal(text, expected);
      assert.deepEqual(channels, [1]);
      assert.deepEqual(names, ['Brightfield', 'DAPI', 'GFP', 'Cy5']);
    }
  });

  test('of what a browser shows are called red, green and blue', async () => {
    const [red, first, blue] = await page.evaluate(async () => {
      const one = new ImageData(new Uint8ClampedArray(shown.data), shown.width);
      for (let at = 2; at < one.data.length; at += 4) one.data[at] = 255 - one.data[at];
      const results = [];
      for (const channels of ['red', 0, 'blue']) results.push(t.textOf(await segmenter.segment(one, { channels })));
      return results;
    });
    assert.equal(red, first);
    assert.notEqual(red, blue);
  });

  test('that are missing are refused with those that there are', async () => {
    const outcomes = await page.evaluate(async () => {
      const image = channelsOf([0, 16], ['Brightfield', 'DAPI']);
      return [
        await t.outcome(segmenter.segment(image, { channels: 'GFP' })),
        await t.outcome(segmenter.segment(image, { channels: 2 })),
        await t.outcome(segmenter.segment(channelsOf([16]), { channels: [0, 0, 3] })),
      ];
    });
    for (const { code } of outcomes) assert.equal(code, 'invalid-input');
    assert.match(outcomes[0].message, /no channel 'GFP'; it has 0 'Brightfield', 1 'DAPI'/);
    assert.match(outcomes[1].message, /no channel 2; it has 0 'Brightfield', 1 'DAPI'/);
    assert.match(outcomes[2].message, /no channel 3; it has 1, with the index 0/);
  });
});

describe('the diameter of objects', () => {
  test('scales the image, whether it is in pixels or in micrometres', async () => {
    const inputs = await page.evaluate(async () => {
      const image = { ...channelsOf([16]), pixelSize: 0.5 };
      const calls = [
        [image, { diameter: 28 }],
        [image, { diameter: { micrometres: 14 } }],
        [image, { diameter: { micrometres: 7 }, pixelSize: 0.25 }],
        [channelsOf([16]), { diameter: { micrometres: 2.8 }, pixelSize: 0.1 }],
      ];
      const inputs = [];
      for (const [image, options] of calls) {
        const { input, pixelSize } = await segmenter.segment(image, options);
        inputs.push({ ...input, shown: pixelSize });
      }
      return inputs;
    });
    for (const { scale, diameter } of inputs) {
      assert.ok(Math.abs(diameter - 28) < 1e-9, `${diameter} pixels`);
      assert.ok(Math.abs(scale - 0.5) < 1e-9, `scaled by ${scale}`);
    }
    const sizes = [0.5, 0.5, 0.25, 0.1];
    assert.deepEqual(
      inputs.map(({ pixelSize, shown }) => [pixelSize, shown]),
      sizes.map((size) => [size, size]),
    );
  });

  test('is estimated in a first look, at whatever size the objects have', async () => {
    const [once, larger] = await page.evaluate(async () => {
      const results = [];
      for (const factor of [1, 3]) {
        const image = await t.stretched(
          '/pictures/nuclei-fluorescence.png',
          shown.width * factor,
          shown.height * factor,
        );
        const { detections, input } = await segmenter.segment(image, { diameter: 'auto' });
        results.push({ ...input, count: detections.length });
      }
      return results;
    });
    assert.ok(once.diameter > 6 && once.diameter < 30, `${once.diameter} pixels`);
    const factor = larger.diameter / once.diameter;
    assert.ok(factor > 2.4 && factor < 3.6, `three times as large gave ${factor} times`);
    assert.ok(Math.abs(larger.scale * larger.diameter - SETTINGS.input.objectDiameter) < 1);
    assert.ok(larger.count >= 0.7 * once.count, `${larger.count} and ${once.count} objects`);
  });

  test('needs a model that says which it was trained with', async () => {
    const outcomes = await page.evaluate(async () => {
      const photographs = await t.load();
      const calls = [20, 'auto'].map((diameter) => t.outcome(photographs.segment(shown, { diameter })));
      return Promise.all(calls);
    });
    for (const { code, message } of outcomes) {
      assert.equal(code, 'invalid-input');
      assert.match(message, /objectDiameter/);
    }
  });

  test('in micrometres needs the size of a pixel', async () => {
    const { code, message } = await page.evaluate(() =>
      t.outcome(segmenter.segment(shown, { diameter: { micrometres: 9 } })),
    );
    assert.equal(code, 'invalid-input');
    assert.match(message, /give `pixelSize`/);
  });
});
