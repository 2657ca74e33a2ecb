import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compare } from './agreement.mjs';
import { predict } from './native.mjs';
import { setUp } from './setup.mjs';

const IMAGES = ['nuclei-fluorescence.png', 'nuclei-stained.png'];
/** The images are small; with the model's own input size and limits a software adapter would take minutes. */
const SETTINGS = {
  input: { minSize: 160 },
  proposals: { preNmsTopN: 300, postNmsTopN: 300 },
  detections: { maxDetections: 40 },
};
const OPTIONS = ['--min-size', '160', '--pre-nms-top-n', '300', '--post-nms-top-n', '300', '--max-detections', '40'];

let stand;
let natively;
before(async () => {
  const paths = IMAGES.map((name) => fileURLToPath(new URL(`pictures/${name}`, import.meta.url)));
  natively = predict(paths, OPTIONS);
  stand = await setUp();
});
after(() => stand.tearDown());

for (const backend of ['cpu', 'webgpu']) {
  describe(`the default model on ${backend}`, () => {
    let results;
    let manifest;
    before(async () => {
      const page = await stand.page();
      [results, manifest] = await page.evaluate(
        async ({ backend, images, settings }) => {
          const { Segmenter } = t.maskrcnn;
          const segmenter = await Segmenter.load({ model: '/models/nuclei/manifest.json', backend, settings });
          const results = [];
          for (const name of images) {
            const { detections } = await segmenter.segment(await t.fetchBlob(`/pictures/${name}`));
            results.push(detections.map(({ label, score, box, mask }) => ({ label, score, box, area: mask.area })));
          }
          return [results, segmenter.manifest];
        },
        { backend, images: IMAGES, settings: SETTINGS },
      );
      await page.close();
    });

    test('sees a stain in blue as in grey', async () => {
      const page = await stand.page();
      const found = await page.evaluate(
        async ({ backend, settings }) => {
          const { Segmenter } = t.maskrcnn;
          const segmenter = await Segmenter.load({ model: '/models/nuclei/manifest.json', backend, settings });
          const image = await t.pixelsOf('/pictures/nuclei-fluorescence.png');
          for (let i = 0; i < image.data.length; i += 4) image.data.fill(0, i, i + 2);
          // On WebGPU a bitmap's contrast is measured there.
          const { detections } = await segmenter.segment(await createImageBitmap(image));
          return detections.map(({ label, score, box, mask }) => ({ label, score, box, area: mask.area }));
        },
        { backend, settings: SETTINGS },
      );
      await page.close();
      assert.deepEqual(found, results[0]);
    });

    test('finds nuclei', () => {
      for (const found of results) {
        assert.ok(found.length > 3, `only ${found.length} nuclei`);
        for (const { label, score, area } of found) {
          assert.equal(label, 'nucleus');
          assert.ok(score > manifest.settings.detections.scoreThreshold && area > 0);
        }
      }
    });

    for (const [i, name] of IMAGES.entries()) {
      test(`finds in ${name} what the command line finds`, () => {
        const verdict = compare(natively[i], results[i], manifest.settings.detections.scoreThreshold);
        assert.ok(verdict.agrees, JSON.stringify(verdict));
      });
    }
  });
}
