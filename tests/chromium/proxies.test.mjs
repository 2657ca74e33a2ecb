// Frameworks put proxies around what their users keep in them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp, workersLeft } from './setup.mjs';
import { file } from './site.mjs';

const vue = createRequire(new URL('../../pkg/', import.meta.url)).resolve('vue/dist/vue.runtime.esm-browser.prod.js');

let stand;
let page;
before(async () => {
  const source = await file(vue);
  const serveVue = (_, response) => response.setHeader('content-type', 'text/javascript').end(source);
  stand = await setUp({ gpu: false }, { '/vue.js': serveVue });
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.image = await t.pixelsOf('/pictures/tiny.png');
    const segmenter = await t.load();
    globalThis.wanted = t.textOf(await segmenter.segment(image));
    segmenter.dispose();
  });
});
after(() => stand.tearDown());

test('a segmenter works behind a Proxy', async () => {
  const found = await page.evaluate(async () => {
    const segmenter = new Proxy(await t.load(), {});
    const { backend, dtype, architecture, hasMasks, manifest } = segmenter;
    const result = await segmenter.segment(image);
    const [{ result: batched }] = await t.all(segmenter.segmentAll([image]));
    const stages = await t.debug.profile(segmenter, image);
    segmenter.dispose();
    return {
      fields: [backend, dtype, architecture, hasMasks, manifest ?? 'none', segmenter.labels.length],
      same: [result, batched].map((result) => t.textOf(result) === wanted),
      stages: stages.length > 3,
      after: (await t.outcome(segmenter.segment(image))).code,
    };
  });
  assert.deepEqual(found.fields, ['cpu', 'f32', 'resnet50_fpn (narrow)', true, 'none', TINY.classes]);
  assert.deepEqual(found.same, [true, true]);
  assert.equal(found.stages, true);
  assert.equal(found.after, 'disposed');
  await workersLeft(page, 0);
});

test('a result, its masks and its inspection work behind proxies', async () => {
  const same = await page.evaluate(async () => {
    const segmenter = await t.load();
    const plain = await segmenter.segment(image, { inspect: true });
    segmenter.dispose();
    const wrap = (value) =>
      new Proxy(value, {
        get(target, key, receiver) {
          const found = Reflect.get(target, key, receiver);
          return typeof found === 'object' && found !== null && !ArrayBuffer.isView(found) ? wrap(found) : found;
        },
      });
    const [first] = plain.detections;
    const has = async (result) => ({
      coco: result.toCoco({ imageId: 1 }),
      csv: await (await result.toCsv()).text(),
      svg: result.toSvg(),
      json: JSON.stringify(result),
      few: result.filter({ maxDetections: 2 }).detections.length,
      at: result.at(first.mask.x + first.mask.data.indexOf(1), first.mask.y)?.score,
      soft: [...result.detections[0].mask.toProbabilityMap()],
      other: [...result.inspection.detections[0].maskFor(first.classId)],
    });
    return JSON.stringify(await has(wrap(plain))) === JSON.stringify(await has(plain));
  });
  assert.equal(same, true);
});

describe('in Vue', () => {
  test('a component keeps segmenter and result in refs', async () => {
    const { shown, isReactive, same, code } = await page.evaluate(async () => {
      const { createApp, h, isReactive, nextTick, ref } = await import('/vue.js');
      const [segmenter, result] = [ref(), ref()];
      const place = document.body.appendChild(document.createElement('main'));
      const app = createApp(() => h('p', `${segmenter.value?.backend}: ${result.value?.detections.length}`));
      app.mount(place);
      segmenter.value = await t.load();
      result.value = await segmenter.value.segment(image);
      await nextTick();
      const { value } = segmenter;
      value.dispose();
      const { code } = await t.outcome(value.segment(image));
      return { shown: place.textContent, isReactive: isReactive(value), same: t.textOf(result.value) === wanted, code };
    });
    assert.equal(shown, 'cpu: 46');
    // Otherwise this shows nothing.
    assert.equal(isReactive, true);
    assert.equal(same, true);
    assert.equal(code, 'disposed');
  });

  test('options, a manifest and a list of files may be reactive', async () => {
    const [same, count, code] = await page.evaluate(async () => {
      const { reactive } = await import('/vue.js');
      const options = reactive({
        ...t.REFERENCE,
        settings: { ...t.REFERENCE.settings, anchors: { sizes: [32, 64, 128, 256, 512] } },
        labels: t.maskrcnn.COCO_LABELS,
      });
      const segmenter = await t.maskrcnn.Segmenter.load(options);
      const result = await segmenter.segment(
        image,
        reactive({ classes: [...t.maskrcnn.COCO_LABELS], maxDetections: 5 }),
      );
      segmenter.dispose();
      const sent = JSON.parse(wanted).slice(2, 7);
      const same = JSON.stringify(JSON.parse(t.textOf(result)).slice(2)) === JSON.stringify(sent);

      const manifest = await (await fetch('/models/nuclei/manifest.json')).json();
      const names = ['manifest.json', ...manifest.weights.map(({ file }) => file)];
      const read = async (name) => new File([await t.fetchBlob(`/models/nuclei/${name}`)], name);
      const files = reactive(await Promise.all(names.map(read)));
      const fromFiles = await t.maskrcnn.Segmenter.load({
        model: files,
        backend: 'cpu',
        settings: { input: { minSize: 64 } },
      });
      const { detections } = await fromFiles.segment(await t.fetchBlob('/pictures/nuclei-fluorescence.png'));
      fromFiles.dispose();
      manifest.weights = manifest.weights.map((part) => ({ ...part, file: `/models/nuclei/${part.file}` }));
      const own = { model: reactive(manifest), backend: 'cpu', cache: false };
      return [same, detections.length, (await t.outcome(t.maskrcnn.Segmenter.load(own))).code];
    });
    assert.equal(same, true);
    assert.ok(count > 0);
    assert.equal(code, 'none');
  });

  test('the detection that is highlighted may be a proxy, or a clone', async () => {
    const images = await page.evaluate(async () => {
      const { ref, shallowRef } = await import('/vue.js');
      const detections = [4, 24].map((x, i) => {
        const box = { x, y: 4, width: 9, height: 9 };
        return { label: 'cell', classId: 1, score: 0.9 - i / 10, box, mask: undefined };
      });
      const result = new t.maskrcnn.SegmentResult({ width: 40, height: 20, detections });
      const [, second] = result.detections;
      const draw = (result, highlight) => {
        const canvas = new OffscreenCanvas(400, 200);
        t.maskrcnn.draw(canvas, null, result, { highlight });
        return canvas.getContext('2d').getImageData(0, 0, 400, 200).data.join();
      };
      const expected = draw(result, second);
      const drawn = [
        draw(ref(result).value, second),
        draw(shallowRef(result).value, ref(second).value),
        draw(result, structuredClone(second)),
      ];
      return [expected !== draw(result, result.detections[0]), ...drawn.map((pixels) => pixels === expected)];
    });
    assert.deepEqual(images, [true, true, true, true]);
  });
});
