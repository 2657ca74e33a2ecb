// A GPUDevice of the page's own, and images that are on it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.openDevice = async (requiredFeatures = ['timestamp-query']) =>
      (await navigator.gpu.requestAdapter()).requestDevice({ requiredFeatures });
    globalThis.device = await openDevice();
    globalThis.requests = 0;
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = function (descriptor) {
      globalThis.requests++;
      return requestDevice.call(this, descriptor);
    };
    globalThis.loadOn = (device, options) => t.load({ backend: 'auto', device, worker: false, ...options });
    globalThis.segmenter = await loadOn(device);
    globalThis.shown = await t.pixelsOf('/pictures/tiny.png');
    /** A texture that shows an image. */
    globalThis.textureOf = ({ width, height, data }, { on = device, ...descriptor } = {}) => {
      const { COPY_SRC, COPY_DST } = GPUTextureUsage;
      const usage = COPY_SRC | COPY_DST;
      const texture = on.createTexture({ size: { width, height }, format: 'rgba8unorm', usage, ...descriptor });
      on.queue.writeTexture({ texture }, data, { bytesPerRow: 4 * width }, { width, height });
      return texture;
    };
    /** A buffer that holds an image, with bytes of no image before, between and after its rows. */
    globalThis.bufferOf = ({ width, height, data }, { offset = 0, bytesPerRow = 4 * width } = {}) => {
      const bytes = new Uint8Array(offset + height * bytesPerRow + 12).fill(99);
      for (let y = 0; y < height; y++) {
        bytes.set(data.subarray(4 * width * y, 4 * width * (y + 1)), offset + y * bytesPerRow);
      }
      const buffer = device.createBuffer({
        size: bytes.length,
        usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      device.queue.writeBuffer(buffer, 0, bytes);
      return { width, height, buffer, offset, bytesPerRow };
    };
  });
});
after(() => stand.tearDown());

test('the engine opens none of its own, and finds what others find', async () => {
  const { found, expected, backend, before, opened } = await page.evaluate(async () => {
    const found = t.textOf(await segmenter.segment(shown));
    const [before, other] = [requests, await t.load({ backend: 'webgpu', worker: false })];
    const expected = t.textOf(await other.segment(shown));
    other.dispose();
    return { found, expected, backend: segmenter.backend, before, opened: requests - before };
  });
  assert.equal(backend, 'webgpu');
  assert.deepEqual([before, opened], [0, 1]);
  assert.equal(found, expected);
  assert.ok(JSON.parse(found).length > 3);
});

describe('an image on the device', () => {
  const IMAGES = {
    'a texture': () => textureOf(shown),
    'a texture in sRGB': () => textureOf(shown, { format: 'rgba8unorm-srgb' }),
    'a buffer': () => bufferOf(shown),
    'a buffer with an offset': () => bufferOf(shown, { offset: 20 }),
    'a buffer with longer rows': () => bufferOf(shown, { offset: 8, bytesPerRow: 4 * shown.width + 52 }),
  };
  for (const [name, make] of Object.entries(IMAGES)) {
    test(`is seen as if it was in memory: ${name}`, async () => {
      const { found, expected, transfers } = await page.evaluate(`(async () => {
        const expected = t.textOf(await segmenter.segment(shown));
        const before = { ...(await t.debug.imageTransfers(segmenter)) };
        const found = t.textOf(await segmenter.segment((${make})()));
        const after = await t.debug.imageTransfers(segmenter);
        const transfers = Object.keys(after).map((way) => [way, after[way] - before[way]]);
        return { found, expected, transfers: Object.fromEntries(transfers) };
      })()`);
      assert.equal(found, expected);
      assert.deepEqual(transfers, { copied: 1, read: 0, given: 0 });
    });
  }

  test('is taken as it is when the call is made', async () => {
    const [found, expected] = await page.evaluate(async () => {
      const { width, height } = shown;
      const [texture, image] = [textureOf(shown), bufferOf(shown)];
      const calls = [texture, image].map((source) => segmenter.segment(source));
      const grey = new Uint8Array(4 * width * height + 12).fill(128);
      device.queue.writeTexture({ texture }, grey, { bytesPerRow: 4 * width }, { width, height });
      device.queue.writeBuffer(image.buffer, 0, grey);
      const found = (await Promise.all(calls)).map(t.textOf);
      return [found, t.textOf(await segmenter.segment(shown))];
    });
    assert.deepEqual(found, [expected, expected]);
  });

  test('is the same where contrast is stretched, and where it is cut', async () => {
    const { found, expected, copied, tiles } = await page.evaluate(async () => {
      const settings = { ...t.SHORT, input: { ...t.SHORT.input, contrast: { low: 0.01, high: 0.99 } } };
      const before = (await t.debug.imageTransfers(segmenter)).copied;
      const found = [t.textOf(await segmenter.segment(textureOf(shown), { settings }))];
      const { copied } = await t.debug.imageTransfers(segmenter);
      const expected = [t.textOf(await segmenter.segment(shown, { settings }))];
      const cut = { settings: { ...t.SHORT, input: { minSize: 1, minScale: 1 } }, tile: 256, overlap: 64 };
      const canvas = await t.stretched('/pictures/tiny.png', 320, 200);
      const large = canvas.getContext('2d').getImageData(0, 0, 320, 200);
      const result = await segmenter.segment(bufferOf(large), cut);
      found.push(t.textOf(result));
      expected.push(t.textOf(await segmenter.segment(large, cut)));
      return { found, expected, copied: copied - before, tiles: result.input.tiles.count };
    });
    assert.deepEqual(found, expected);
    assert.equal(copied, 1);
    assert.ok(tiles > 1);
  });

  test('is refused with the reason where it cannot be seen', async () => {
    const outcomes = await page.evaluate(async () => {
      const other = await openDevice();
      const destroyed = textureOf(shown);
      destroyed.destroy();
      const { width, height } = shown;
      const onCpu = await t.load();
      const { TEXTURE_BINDING, COPY_DST } = GPUTextureUsage;
      const images = [
        textureOf(shown, { on: other }),
        destroyed,
        textureOf(shown, { usage: TEXTURE_BINDING | COPY_DST }),
        textureOf(shown, { format: 'bgra8unorm' }),
        textureOf(shown, { size: { width, height, depthOrArrayLayers: 2 } }),
        { ...bufferOf(shown), height: height + 1 },
        { ...bufferOf(shown), offset: 2 },
        { ...bufferOf(shown), bytesPerRow: 4 * width - 4 },
        { width, height, buffer: device.createBuffer({ size: 1 << 20, usage: GPUBufferUsage.STORAGE }) },
      ];
      const outcomes = [];
      for (const image of images) outcomes.push(await t.outcome(segmenter.segment(image)));
      outcomes.push(await t.outcome(onCpu.segment(textureOf(shown))), await t.outcome(onCpu.segment(bufferOf(shown))));
      onCpu.dispose();
      outcomes.push({ after: (await segmenter.segment(shown)).detections.length });
      return outcomes;
    });
    const { after } = outcomes.pop();
    assert.ok(after > 3);
    const reasons = [
      /of the device that the segmenter was loaded with/,
      /not be destroyed/,
      /usage COPY_SRC/,
      /'rgba8unorm'; it is .*'bgra8unorm'/,
      /2 layers/,
      /its buffer has/,
      /multiples of 4/,
      /bytesPerRow must be/,
      /usage COPY_SRC/,
      /load\(\{ device, worker: false \}\)/,
      /load\(\{ device, worker: false \}\)/,
    ];
    assert.equal(outcomes.length, reasons.length);
    for (const [index, { code, message }] of outcomes.entries()) {
      assert.equal(code, 'invalid-input', message);
      assert.match(message, reasons[index]);
    }
  });
});

describe('the page keeps its device', () => {
  test('its own handler of errors is called for its own errors, which the engine survives', async () => {
    const { heard, after } = await page.evaluate(async () => {
      let heard = 0;
      device.onuncapturederror = (event) => {
        event.preventDefault();
        heard++;
      };
      device.createBuffer({ size: 4, usage: 0 });
      await device.queue.onSubmittedWorkDone();
      const after = (await segmenter.segment(shown)).detections.length;
      device.onuncapturederror = null;
      return { heard, after };
    });
    assert.equal(heard, 1);
    assert.ok(after > 3);
  });

  test('what it asks the browser for meanwhile is its own', async () => {
    const [isOwn, works] = await page.evaluate(async () => {
      const own = await openDevice();
      const loading = loadOn(own, { settings: t.SHORT });
      const requests = [];
      for (let tries = 0; tries < 20; tries++) {
        requests.push(await navigator.gpu.requestAdapter());
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const loaded = await loading;
      const works = (await loaded.segment(textureOf(shown, { on: own }))).width;
      loaded.dispose();
      return [requests.every((adapter) => adapter instanceof GPUAdapter), works];
    });
    assert.ok(isOwn);
    assert.equal(works, TINY.width);
  });

  test('two segmenters share it, and one of another device does not', async () => {
    const [codes, width] = await page.evaluate(async () => {
      const own = await openDevice();
      const [second, third] = [await loadOn(device), await loadOn(own)];
      const texture = textureOf(shown);
      const { width } = await second.segment(texture, { settings: t.SHORT });
      const codes = [await t.outcome(third.segment(texture, { settings: t.SHORT }))].map(({ code }) => code);
      second.dispose();
      third.dispose();
      codes.push((await t.outcome(segmenter.segment(texture, { settings: t.SHORT }))).code);
      return [codes, width];
    });
    assert.deepEqual(codes, ['invalid-input', 'none']);
    assert.equal(width, TINY.width);
  });

  test('one that is lost is `device-lost`, also for those that are loaded on it later', async () => {
    const codes = await page.evaluate(async () => {
      const own = await openDevice();
      const loaded = await loadOn(own, { settings: t.SHORT });
      own.destroy();
      await own.lost;
      const codes = [await t.outcome(loaded.segment(shown)), await t.outcome(loadOn(own))].map(({ code }) => code);
      loaded.dispose();
      return codes;
    });
    assert.deepEqual(codes, ['device-lost', 'device-lost']);
  });
});

test('what is not a device, or is for an engine elsewhere, is refused', async () => {
  const outcomes = await page.evaluate(async () => [
    await t.outcome(t.load({ device, backend: 'webgpu' })),
    await t.outcome(t.load({ device, backend: 'webgpu', worker: () => new Worker('') })),
    await t.outcome(t.load({ device, worker: false, backend: 'cpu' })),
    await t.outcome(t.load({ device: await navigator.gpu.requestAdapter(), worker: false })),
    await t.outcome(t.load({ device: {}, worker: false })),
    await t.outcome(t.load({ device: await openDevice([]), worker: false })),
  ]);
  const reasons = [
    /`worker: false`/,
    /`worker: false`/,
    /not 'cpu'/,
    /not GPUAdapter/,
    /not Object/,
    /'timestamp-query'/,
  ];
  for (const [index, { code, message }] of outcomes.entries()) {
    assert.equal(code, 'invalid-input', message);
    assert.match(message, reasons[index]);
  }
});
