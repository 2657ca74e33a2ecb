import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { decode, encode } from '../reference/safetensors.mjs';
import { TINY } from './fixtures.mjs';
import { setUp, workersLeft } from './setup.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url));

/** The reference checkpoint with its first classes only. */
function withClasses(count) {
  const { tensors, metadata } = decode(read('models/reference-tiny.safetensors'));
  const kept = Array.from(tensors, ([name, { shape, data }]) => {
    if (!/predictor\.(cls_score|bbox_pred|mask_fcn_logits)/.test(name)) return { name, shape, data };
    const [rows, ...rest] = shape;
    return {
      name,
      shape: [(rows * count) / TINY.classes, ...rest],
      data: data.subarray(0, (data.length * count) / TINY.classes),
    };
  });
  return encode(kept, metadata);
}

let stand;
let page;
before(async () => {
  stand = await setUp(
    {},
    {
      '/detectron2.pkl': read('tests/reference/detectron2.pkl'),
      '/81.safetensors': withClasses(81),
    },
  );
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.bytes = new Uint8Array(await (await t.fetchBlob(t.REFERENCE.model)).arrayBuffer());
    // Only the reference network has these settings.
    globalThis.NUCLEI = { settings: undefined };
    globalThis.endOf = async (options) => {
      const { code } = await t.outcome(t.load(options).then((segmenter) => segmenter.dispose()));
      return code;
    };
  });
});
after(() => stand.tearDown());

describe('a model can be given as', () => {
  const ways = {
    'a path': () => endOf({ model: t.REFERENCE.model }),
    'a URL': () => endOf({ model: new URL(t.REFERENCE.model, location.href) }),
    'a Response': async () => endOf({ model: await fetch(t.REFERENCE.model) }),
    'a Blob': () => endOf({ model: new Blob([bytes]) }),
    'an ArrayBuffer': () => endOf({ model: bytes.slice().buffer }),
    'a Uint8Array': () => endOf({ model: bytes }),
    'part of a larger buffer': () => {
      const larger = new Uint8Array(bytes.length + 100);
      larger.set(bytes, 60);
      return endOf({ model: larger.subarray(60, 60 + bytes.length) });
    },
    'a package’s default export': async () => {
      const { default: model } = await import('/packages/maskrcnn-web-nuclei/index.js');
      return endOf({ model, ...NUCLEI });
    },
    'a package’s default export that was sent': async () => {
      const { default: model } = await import('/packages/maskrcnn-web-nuclei/index.js');
      return endOf({ model: structuredClone(model), ...NUCLEI });
    },
    'a package’s manifest, with its weights elsewhere, relative to the page': async () => {
      const { default: nuclei } = await import('/packages/maskrcnn-web-nuclei/index.js');
      return endOf({ model: { manifest: nuclei.manifest, weights: ['models/nuclei/nuclei.safetensors'] }, ...NUCLEI });
    },
  };
  for (const [way, load] of Object.entries(ways)) {
    test(way, async () => assert.equal(await page.evaluate(load), 'none'));
  }
});

describe('a typed error for', () => {
  const ways = {
    'a path that does not exist': ['network', () => endOf({ model: '/models/none.safetensors' })],
    'a host that does not exist': ['network', () => endOf({ model: 'http://127.0.0.1:9/model' })],
    'no model': ['invalid-input', () => endOf({ model: undefined })],
    'a detached buffer': [
      'invalid-input',
      () => {
        const model = bytes.slice();
        structuredClone(model, { transfer: [model.buffer] });
        return endOf({ model });
      },
    ],
    'an empty file': ['weights-integrity', () => endOf({ model: new Blob([]) })],
    'a web page': ['weights-integrity', () => endOf({ model: '/' })],
    'a wrong number of classes': ['weights-incompatible', () => endOf({ checkpoint: { numClasses: 4 } })],
    'a package’s weights that are missing': [
      'network',
      async () => {
        const { default: nuclei } = await import('/packages/maskrcnn-web-nuclei/index.js');
        const model = { manifest: nuclei.manifest, weights: ['models/none.safetensors'] };
        // Those of the same model, from elsewhere, may have been kept.
        return endOf({ model, cache: false, ...NUCLEI });
      },
    ],
    'labels that do not fit': ['invalid-input', () => endOf({ labels: ['background', 'cell'] })],
    'an unknown backend': ['invalid-input', () => endOf({ backend: 'tpu' })],
  };
  for (const [way, [code, load]] of Object.entries(ways)) {
    test(way, async () => assert.equal(await page.evaluate(load), code));
  }

  for (const length of [1, 7, 8, 100, 20_000, 700_000, -1]) {
    test(`a file cut off after ${length < 0 ? 'all but one' : length} bytes`, async () => {
      const code = await page.evaluate((length) => endOf({ model: bytes.slice(0, length) }), length);
      assert.equal(code, 'weights-integrity');
    });
  }

  for (const [place, bit] of [
    [0, 0],
    [3, 7],
    [7, 7],
    [8, 1],
    [600, 6],
    [5000, 6],
  ]) {
    test(`a bit flipped at ${place}`, async () => {
      const code = await page.evaluate(
        ([place, bit]) => {
          const model = bytes.slice();
          model[place] ^= 1 << bit;
          return endOf({ model });
        },
        [place, bit],
      );
      assert.ok(['weights-integrity', 'weights-incompatible'].includes(code), code);
    });
  }
});

test('weights that are NaN give a typed error or nothing, and no hang', async () => {
  const ends = await page.evaluate(async () => {
    const model = bytes.slice();
    const header = Number(new DataView(model.buffer).getBigUint64(0, true));
    model.fill(0xff, 8 + header);
    const load = t.load({ model });
    const loaded = await t.outcome(load);
    if (loaded.code !== 'none') return [loaded.code];
    const segmenter = await load;
    const image = await t.pixelsOf('/pictures/tiny.png');
    const segmented = segmenter.segment(image);
    const { code } = await t.outcome(segmented);
    const scores = code === 'none' ? (await segmented).detections.map(({ score }) => score) : [];
    segmenter.dispose();
    return [code, ...scores];
  });
  assert.ok(['none', 'weights-integrity', 'invalid-input'].includes(ends[0]), ends[0]);
  assert.equal(ends.length, 1);
});

test('loading reports its progress', async () => {
  const steps = await page.evaluate(async () => {
    const steps = [];
    const segmenter = await t.load({ onProgress: (step) => steps.push(step) });
    segmenter.dispose();
    return steps;
  });
  const size = 1_397_964;
  const downloads = steps.filter(({ phase }) => phase === 'download');
  assert.ok(downloads.length > 0);
  for (const { total } of downloads) assert.equal(total, size);
  assert.ok(downloads.every(({ loaded }, i) => i === 0 || loaded > downloads[i - 1].loaded));
  assert.equal(downloads.at(-1).loaded, size);
  assert.deepEqual(steps.at(-1), { phase: 'prepare', loaded: size, total: size });
});

describe('loading can be aborted', () => {
  const moments = {
    'before it begins': () => endOf({ signal: AbortSignal.abort() }),
    'while the model arrives': () => endOf({ model: '/trickle', signal: AbortSignal.timeout(100) }),
    'while a Response is read': async () => endOf({ model: await fetch('/trickle'), signal: AbortSignal.timeout(100) }),
    'while the network is built': () => {
      const stop = new AbortController();
      return endOf({
        signal: stop.signal,
        onProgress: ({ phase }) => phase === 'prepare' && setTimeout(() => stop.abort()),
      });
    },
  };
  for (const [moment, load] of Object.entries(moments)) {
    test(moment, async () => {
      assert.equal(await page.evaluate(load), 'aborted');
      await workersLeft(page, 0);
    });
  }
});

test('81 classes have COCO’s labels without its gaps, as detectron2 numbers them', async () => {
  const labels = await page.evaluate(async () => {
    const segmenter = await t.load({ model: '/81.safetensors' });
    segmenter.dispose();
    return segmenter.labels;
  });
  assert.equal(labels.length, 81);
  assert.deepEqual([labels[1], labels[12], labels[80]], ['person', 'stop sign', 'toothbrush']);
});

test('detectron2’s .pkl has soft masks that become the masks at a half', async () => {
  const { count, pixels, wrong } = await page.evaluate(async () => {
    const segmenter = await t.load({ model: '/detectron2.pkl' });
    const { detections } = await segmenter.segment(await t.pixelsOf('/pictures/tiny.png'));
    segmenter.dispose();
    const sum = { count: detections.length, pixels: 0, wrong: 0 };
    for (const { mask } of detections) {
      const soft = mask.toProbabilityMap();
      sum.pixels += soft.length;
      sum.wrong += soft.filter((probability, i) => probability >= 0.5 !== (mask.data[i] === 1)).length;
    }
    return sum;
  });
  assert.ok(count > 0);
  assert.ok(wrong <= pixels / 10_000, `${wrong} of ${pixels} pixels differ`);
});

test('custom labels are used', async () => {
  const labels = await page.evaluate(async () => {
    const segmenter = await t.load({ labels: Array.from({ length: 91 }, (_, id) => `thing ${id}`) });
    const { detections } = await segmenter.segment(await t.pixelsOf('/pictures/tiny.png'));
    return detections.map(({ label, classId }) => [label, classId]);
  });
  assert.ok(labels.length > 0);
  for (const [label, classId] of labels) assert.equal(label, `thing ${classId}`);
});

test('without the mask branch there are boxes only', async () => {
  const [withMasks, without] = await page.evaluate(async () => {
    const image = await t.pixelsOf('/pictures/tiny.png');
    const run = async (masks) => {
      const segmenter = await t.load({ checkpoint: { masks } });
      const { detections } = await segmenter.segment(image);
      return {
        has: segmenter.hasMasks,
        masks: detections.filter(({ mask }) => mask).length,
        boxes: detections.map(({ box }) => box),
      };
    };
    return [await run(true), await run(false)];
  });
  assert.deepEqual([withMasks.has, withMasks.masks], [true, withMasks.boxes.length]);
  assert.deepEqual([without.has, without.masks], [false, 0]);
  assert.deepEqual(without.boxes, withMasks.boxes);
});
