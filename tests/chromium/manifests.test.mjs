import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';

const checkpoint = readFileSync(new URL('../../models/reference-tiny.safetensors', import.meta.url));
const cut = Math.floor(checkpoint.length / 3);
const parts = { 'first.part': checkpoint.subarray(0, cut), 'second.part': checkpoint.subarray(cut) };

/** A manifest of the reference checkpoint, in two parts, with settings that are not the usual ones. */
const MANIFEST = {
  version: 2,
  name: 'reference',
  architecture: 'resnet50_fpn (narrow)',
  labels: Array.from({ length: TINY.classes }, (_, id) => `thing ${id}`),
  settings: {
    input: { minSize: 128, maxSize: 1333, minScale: 0, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    anchors: { sizes: [32, 64, 128, 256, 512], aspectRatios: [0.5, 1, 2] },
    proposals: { preNmsTopN: 500, postNmsTopN: 200 },
    detections: { scoreThreshold: 0.1, nmsThreshold: 0.5, maxDetections: 7 },
  },
  weights: Object.entries(parts).map(([file, bytes]) => ({
    file,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })),
};

let stand;
let page;
before(async () => {
  const bodies = {
    '/folder/manifest.json': Buffer.from(JSON.stringify(MANIFEST)),
    '/folder/no.json': Buffer.from('{'),
  };
  for (const [file, bytes] of Object.entries(parts)) bodies[`/folder/${file}`] = bytes;
  const altered = Buffer.from(parts['second.part']);
  altered[altered.length - 1] ^= 1;
  bodies['/folder/altered.part'] = altered;
  stand = await setUp({}, bodies);
  page = await stand.page();
  await page.evaluate((manifest) => {
    globalThis.manifest = manifest;
    // Given as an object, a manifest names its files from the page.
    manifest.weights = manifest.weights.map((part) => ({ ...part, file: `/folder/${part.file}` }));
    globalThis.open = (options) => t.maskrcnn.Segmenter.load({ model: manifest, backend: 'cpu', ...options });
    globalThis.withSettings = (settings) => ({ ...manifest, settings: { ...manifest.settings, ...settings } });
    globalThis.endOf = async (model) => {
      const { code, message } = await t.outcome(open({ model }).then((segmenter) => segmenter.dispose()));
      return { code, message };
    };
    globalThis.scores = async (segmenter, options) => {
      const { detections } = await segmenter.segment(await t.pixelsOf('/pictures/tiny.png'), options);
      segmenter.dispose();
      return detections.map(({ score, label, classId }) => ({ score, label, classId }));
    };
  }, MANIFEST);
});
after(() => stand.tearDown());

describe('a model with a manifest', () => {
  test('is loaded from its URL, whatever follows the path', async () => {
    const [ours, labels, plain] = await page.evaluate(async () => {
      const model = new URL('/folder/manifest.json?version=3#top', location.href);
      const segmenter = await open({ model });
      const { labels } = segmenter;
      const limits = { scoreThreshold: 0.1, maxDetections: 7 };
      return [await scores(segmenter), labels, await scores(await t.load(), limits)];
    });
    assert.ok(ours.length > 3);
    assert.deepEqual(labels, MANIFEST.labels);
    assert.deepEqual(
      ours,
      plain.map(({ score, classId }) => ({ score, classId, label: `thing ${classId}` })),
    );
  });

  test('is loaded from an object', async () => {
    const [count, name] = await page.evaluate(async () => {
      const segmenter = await open();
      const { name } = segmenter.manifest;
      return [(await scores(segmenter)).length, name];
    });
    assert.ok(count > 3);
    assert.equal(name, 'reference');
  });

  test('is loaded from the files of its folder, every one of which is needed and verified', async () => {
    const [ours, same, ...codes] = await page.evaluate(async (served) => {
      const files = [new File([JSON.stringify(served)], 'manifest.json')];
      for (const { file } of served.weights) files.push(new File([await t.fetchBlob(`/folder/${file}`)], file));
      const altered = new File([await t.fetchBlob('/folder/altered.part')], 'second.part');
      return [
        await scores(await open({ model: files })),
        await scores(await open()),
        await endOf(files.slice(0, 2)),
        await endOf(files.slice(1)),
        await endOf([...files.slice(0, 2), altered]),
      ];
    }, MANIFEST);
    assert.ok(ours.length > 3);
    assert.deepEqual(ours, same);
    assert.deepEqual(
      codes.map(({ code }) => code),
      ['invalid-input', 'invalid-input', 'weights-integrity'],
    );
    assert.match(codes[0].message, /lack second\.part; give all files/);
  });

  test('of version 1 is read, too', async () => {
    const [first, second] = await page.evaluate(async () => {
      const { settings, architecture, ...rest } = manifest;
      const old = { ...rest, ...settings, version: 1, preset: architecture };
      return [await scores(await open({ model: old })), await scores(await open())];
    });
    assert.deepEqual(first, second);
  });

  test('is only a default for what the caller asks', async () => {
    const [loaded, called, labels] = await page.evaluate(async () => {
      const names = manifest.labels.map((_, id) => `other ${id}`);
      const three = await open({
        labels: names,
        settings: { detections: { maxDetections: 3, scoreThreshold: undefined } },
      });
      const { labels } = three;
      return [await scores(three), await scores(await open(), { maxDetections: 100, scoreThreshold: 0.05 }), labels];
    });
    assert.equal(loaded.length, 3);
    assert.ok(called.length > 7 && called.at(-1).score <= 0.1);
    assert.equal(labels[1], 'other 1');
  });

  test('tells how much of all its files is there', async () => {
    const steps = await page.evaluate(async () => {
      const steps = [];
      const segmenter = await open({ onProgress: (step) => steps.push(step) });
      segmenter.dispose();
      return steps;
    });
    for (const { total } of steps) assert.equal(total, checkpoint.length);
    assert.ok(steps.every(({ loaded }, i) => i === 0 || loaded >= steps[i - 1].loaded));
    assert.deepEqual(steps.at(-1), { phase: 'prepare', loaded: checkpoint.length, total: checkpoint.length });
  });
});

describe('a typed error for a manifest', () => {
  const ways = {
    'that does not exist': ['network', () => endOf('/folder/nothing.json')],
    'that is no JSON': ['weights-integrity', () => endOf('/folder/no.json')],
    'that is an empty object': ['weights-integrity', () => endOf({})],
    'of another version': ['weights-incompatible', () => endOf({ ...manifest, version: 3 })],
    'without weights': ['weights-integrity', () => endOf({ ...manifest, weights: [] })],
    'with a number left out': [
      'weights-integrity',
      () => endOf(withSettings({ detections: { ...manifest.settings.detections, nmsThreshold: undefined } })),
    ],
    'with a number out of range': [
      'weights-integrity',
      () => endOf(withSettings({ input: { ...manifest.settings.input, minScale: -1 } })),
    ],
    'with too few anchors': [
      'weights-integrity',
      () => endOf(withSettings({ anchors: { ...manifest.settings.anchors, sizes: [16, 32] } })),
    ],
    'of another network': ['weights-incompatible', () => endOf({ ...manifest, architecture: 'resnet101_fpn' })],
    'with too few labels': ['weights-incompatible', () => endOf({ ...manifest, labels: ['background', 'cell'] })],
    'whose file is missing': [
      'network',
      () => endOf({ ...manifest, weights: [{ ...manifest.weights[0], file: '/folder/nothing' }] }),
    ],
    'whose file has another length': [
      'weights-integrity',
      () => endOf({ ...manifest, weights: [manifest.weights[0], { ...manifest.weights[0], bytes: 5 }] }),
    ],
    'whose file was altered in one bit': [
      'weights-integrity',
      () =>
        endOf({
          ...manifest,
          weights: [manifest.weights[0], { ...manifest.weights[1], file: '/folder/altered.part' }],
        }),
    ],
  };
  for (const [way, [code, load]] of Object.entries(ways)) {
    test(way, async () => {
      const end = await page.evaluate(load);
      assert.equal(end.code, code, end.message);
    });
  }
});
