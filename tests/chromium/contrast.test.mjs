import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
});
after(() => stand.tearDown());

/** The pixels that `toImageData` makes of samples, or the code and message of its error. */
const shown = (image, options) =>
  page.evaluate(
    ({ type, samples, options, ...image }) => {
      try {
        const data = new globalThis[type](samples.map((sample) => sample ?? Number.NaN));
        return [...t.maskrcnn.toImageData({ ...image, data }, options).data];
      } catch ({ code, message }) {
        return { code, message };
      }
    },
    { ...image, options },
  );

describe('toImageData', () => {
  const two = { width: 2, height: 1, type: 'Uint16Array' };

  test('shows one channel in grey, from black to white', async () => {
    const options = { contrast: { black: 100, white: 355 } };
    assert.deepEqual(
      await shown({ ...two, channels: 1, samples: [100, 4000] }, options),
      [0, 0, 0, 255, 255, 255, 255, 255],
    );
    assert.deepEqual(await shown({ ...two, channels: 1, samples: [0, 150] }, options), [0, 0, 0, 255, 50, 50, 50, 255]);
  });

  test('takes the channels that it is told, in either layout', async () => {
    const samples = [1, 2, 3, 4, 5, 6, 7, 8];
    const options = { channels: [3, 0, 1], contrast: { black: 0, white: 255 } };
    assert.deepEqual(await shown({ ...two, channels: 4, samples }, options), [4, 1, 2, 255, 8, 5, 6, 255]);
    assert.deepEqual(
      await shown({ ...two, channels: 4, samples, layout: 'planar' }, options),
      [7, 1, 3, 255, 8, 2, 4, 255],
    );
  });

  test('shows colours as colours, and of other channels the first', async () => {
    const bytes = { width: 1, height: 1, type: 'Uint8Array' };
    assert.deepEqual(await shown({ ...bytes, channels: 3, samples: [9, 8, 7] }), [9, 8, 7, 255]);
    assert.deepEqual(await shown({ ...bytes, samples: [9, 8, 7, 6] }), [9, 8, 7, 6]);
    assert.deepEqual(await shown({ ...bytes, channels: 4, samples: [9, 8, 7, 6] }), [9, 9, 9, 255]);
    const channelNames = ['red', 'green', 'blue', 'alpha'];
    assert.deepEqual(await shown({ ...bytes, channels: 4, channelNames, samples: [9, 8, 7, 6] }), [9, 8, 7, 255]);
    const stains = ['DAPI', 'actin', 'tubulin'];
    assert.deepEqual(await shown({ ...bytes, channels: 3, channelNames: stains, samples: [9, 8, 7] }), [9, 9, 9, 255]);
  });

  test('shows what is not a number black', async () => {
    const image = { width: 2, height: 1, type: 'Float32Array', channels: 1, samples: [null, 2] };
    assert.deepEqual(await shown(image, { contrast: { black: 1, white: 2 } }), [0, 0, 0, 255, 255, 255, 255, 255]);
  });

  test('says what is wrong with channels and contrast', async () => {
    const image = { ...two, channels: 2, samples: [1, 2, 3, 4] };
    for (const [options, message] of [
      [{ channels: [2] }, /each of the image.s channels must be a whole number from 0 to 1, not 2/],
      [{ channels: [0, 1] }, /one channel or three, not 2 of them/],
      [{ contrast: { black: 5, white: 5 } }, /white must be a number above 5, not 5/],
    ]) {
      const error = await shown(image, options);
      assert.equal(error.code, 'invalid-input');
      assert.match(error.message, message);
    }
    const short = await shown({ ...two, channels: 1, samples: [1] });
    assert.match(short.message, /2×1 pixels and 1 channels has 2 samples, not 1/);
  });
});

describe('measureContrast', () => {
  const measure = (image, options) =>
    page.evaluate(
      ({ type, count, options, ...image }) => {
        const data = globalThis[type].from({ length: count }, (_, i) => (i * 7919) % count);
        return t.maskrcnn.measureContrast({ ...image, data }, options);
      },
      { count: image.width * image.height * image.channels, ...image, options },
    );

  test('finds the quantiles', async () => {
    for (const type of ['Uint16Array', 'Float32Array']) {
      const image = { width: 100, height: 100, channels: 1, type };
      assert.deepEqual(await measure(image), { black: 99, white: 9979 });
      assert.deepEqual(await measure(image, { low: 0, high: 1 }), { black: 0, white: 9999 });
    }
  });

  test('keeps a flat image flat', async () => {
    const flat = { width: 4, height: 1, channels: 1, type: 'Uint16Array' };
    assert.deepEqual(await measure(flat), { black: 0, white: 64 });
  });
});
