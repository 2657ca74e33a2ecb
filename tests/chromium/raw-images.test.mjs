// Raw samples, as readers of TIFF files give them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.segmenter = await t.load();
    const { width, height, data } = await t.pixelsOf('/pictures/tiny.png');
    globalThis.shown = new ImageData(data, width);
    /** The image with these of its channels, each sample `scale` times as large. */
    globalThis.raw = (sources, Samples, layout, scale) => {
      const pixels = width * height;
      const samples = new Samples(pixels * sources.length);
      sources.forEach((source, channel) => {
        for (let pixel = 0; pixel < pixels; pixel++) {
          const at = layout === 'planar' ? channel * pixels + pixel : pixel * sources.length + channel;
          samples[at] = data[pixel * 4 + source] * scale;
        }
      });
      return { width, height, channels: sources.length, data: samples, layout };
    };
  });
});
after(() => stand.tearDown());

for (const layout of ['interleaved', 'planar']) {
  test(`${layout} bytes are seen as an ImageData`, async () => {
    const [bytes, expected] = await page.evaluate(async (layout) => {
      const image = raw([0, 1, 2], Uint8Array, layout, 1);
      return [t.textOf(await segmenter.segment(image)), t.textOf(await segmenter.segment(shown))];
    }, layout);
    assert.equal(bytes, expected);
  });

  test(`${layout} samples of 16 bits and of single precision are seen as 8 bits`, async () => {
    const counts = await page.evaluate(async (layout) => {
      const images = [shown, raw([0, 1, 2], Uint16Array, layout, 257), raw([0, 1, 2], Float32Array, layout, 1 / 255)];
      return Promise.all(images.map(async (image) => (await segmenter.segment(image)).detections.length));
    }, layout);
    assert.deepEqual(counts, [46, 46, 46]);
  });
}

test('a setting, of the segmenter or of a call, says which channels are seen', async () => {
  const [mapped, called, expected] = await page.evaluate(async () => {
    const settings = { input: { channels: [4, 0, 2] } };
    const { input, ...rest } = t.REFERENCE.settings;
    const other = await t.load({ settings: { ...rest, input: { ...input, ...settings.input } } });
    const image = raw([1, 0, 2, 0, 0], Uint8Array, 'planar', 1);
    const mapped = t.textOf(await other.segment(image));
    other.dispose();
    return [mapped, t.textOf(await segmenter.segment(image, { settings })), t.textOf(await segmenter.segment(shown))];
  });
  assert.equal(mapped, expected);
  assert.equal(called, expected);
});

test('what is not clear or not a number is refused, and the engine stays', async () => {
  const [refused, count] = await page.evaluate(async () => {
    const images = [
      raw([0, 1, 2, 0, 0], Uint16Array, 'planar', 1),
      raw([0, 1, 2], Float32Array, 'planar', 1),
      raw([0, 1, 2], Float32Array, 'planar', Number.NaN),
    ];
    const refused = await Promise.all(images.map((image) => t.outcome(segmenter.segment(image))));
    return [refused, (await segmenter.segment(shown)).detections.length];
  });
  for (const { code, message } of refused) assert.equal(code, 'invalid-input', message);
  assert.match(refused[0].message, /the image has 5 channels.*set `channels`/);
  assert.match(refused[1].message, /in 0\.\.1, but those of channel 0 are in/);
  assert.match(refused[2].message, /sample 0 is NaN/);
  assert.equal(count, 46);
});

test('raw samples cannot be drawn or cut out of', async () => {
  const outcomes = await page.evaluate(async () => {
    const image = raw([0, 1, 2], Uint16Array, 'planar', 1);
    const result = await segmenter.segment(shown);
    const canvas = new OffscreenCanvas(10, 10);
    return [
      await t.outcome((async () => t.maskrcnn.draw(canvas, image, result))()),
      await t.outcome(t.maskrcnn.cutOut(image, result.detections[0])),
    ];
  });
  for (const { code, message } of outcomes) {
    assert.equal(code, 'invalid-input');
    assert.match(message, /raw samples cannot be shown/);
  }
});
