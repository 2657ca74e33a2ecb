import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { convert } from './native.mjs';
import { setUp, workersLeft } from './setup.mjs';
import { file } from './site.mjs';

const CHECKPOINTS = {
  'micro.pth': 'tests/reference/micro.pth',
  'detectron2.pkl': 'tests/reference/detectron2.pkl',
  'reference-tiny.safetensors': 'models/reference-tiny.safetensors',
};

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let stand;
let page;
before(async () => {
  const bodies = {};
  for (const [name, path] of Object.entries(CHECKPOINTS)) bodies[`/checkpoints/${name}`] = await file(`../../${path}`);
  stand = await setUp({ gpu: false }, { ...bodies, '/ops.safetensors': await file('../reference/ops.safetensors') });
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.fileOf = async (name) => new File([await t.fetchBlob(`/checkpoints/${name}`)], name);
    globalThis.micro = await fileOf('micro.pth');
    globalThis.endOf = async (checkpoint, options) => (await t.outcome(t.maskrcnn.convert(checkpoint, options))).code;
    globalThis.hashes = async (files) => {
      const hash = async (file) =>
        new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())).toHex();
      return Object.fromEntries(await Promise.all(files.map(async (file) => [file.name, await hash(file)])));
    };
  });
});
after(() => stand.tearDown());

describe('convert makes what the command line makes', () => {
  const ways = {
    'of a .pth': ['micro.pth', {}, []],
    'of a .pkl, in int8': [
      'detectron2.pkl',
      { precision: 'int8', licence: 'CC0-1.0' },
      ['--precision', 'int8', '--licence', 'CC0-1.0'],
    ],
    'of a .safetensors, under a name': ['reference-tiny.safetensors', { name: 'my own' }, ['--name', 'my own']],
    'in f32': ['micro.pth', { precision: 'f32' }, ['--precision', 'f32']],
  };
  for (const [way, [name, options, asked]] of Object.entries(ways)) {
    test(way, async () => {
      const made = await page.evaluate(
        async ({ name, options }) => hashes((await t.maskrcnn.convert(await fileOf(name), options)).files),
        { name, options },
      );
      const natively = convert(CHECKPOINTS[name], name.replace(/\..*/, ''), asked);
      const expected = Object.entries(natively).map(([name, bytes]) => [name, sha256(bytes)]);
      assert.equal(expected.length, 2);
      assert.deepEqual(made, Object.fromEntries(expected));
    });
  }
});

test('a converted model takes half the space and finds the same', async () => {
  const { sizes, found, precision, architecture, labels } = await page.evaluate(async () => {
    const checkpoint = await fileOf('reference-tiny.safetensors');
    const { manifest, files } = await t.maskrcnn.convert(checkpoint);
    const found = [];
    for (const model of [checkpoint, files]) {
      const segmenter = await t.load({ model });
      const { detections } = await segmenter.segment(await t.pixelsOf('/pictures/tiny.png'), { scoreThreshold: 0.3 });
      found.push(detections.map(({ label, score }) => ({ label, score })));
      segmenter.dispose();
    }
    const sizes = [checkpoint, ...files].map(({ size }) => size);
    return { sizes, found, ...manifest };
  });
  const [before, , after] = sizes;
  assert.ok(after < before * 0.6, `${before} bytes became ${after}`);
  assert.deepEqual([precision, architecture, labels.length], ['f16', 'resnet50_fpn (narrow)', TINY.classes]);
  const [exact, halved] = found;
  assert.ok(exact.length > 3);
  assert.equal(halved[0].label, exact[0].label);
  assert.ok(Math.abs(halved[0].score - exact[0].score) < 0.1, `${halved[0].score}, not ${exact[0].score}`);
});

test('custom labels are kept, and the rest of the manifest with them', async () => {
  const [manifest, labels] = await page.evaluate(async () => {
    const names = ['background', 'a', 'b', 'c', 'd', 'e'];
    const { manifest, files } = await t.maskrcnn.convert(await fileOf('detectron2.pkl'), { labels: names });
    const segmenter = await t.maskrcnn.Segmenter.load({ model: files, backend: 'cpu' });
    segmenter.dispose();
    return [manifest, segmenter.labels];
  });
  assert.deepEqual(labels, ['background', 'a', 'b', 'c', 'd', 'e']);
  assert.deepEqual([manifest.name, manifest.settings.detections.pooling], ['detectron2', 'aligned']);
});

describe('a checkpoint to be converted can be given as', () => {
  const ways = {
    'a path': () => endOf('/checkpoints/micro.pth'),
    'a Response': async () => endOf(await fetch('/checkpoints/micro.pth')),
    'bytes, which stay where they are': async () => {
      const bytes = new Uint8Array(await micro.arrayBuffer());
      const code = await endOf(bytes);
      return bytes.length === micro.size ? code : 'emptied';
    },
  };
  for (const [way, job] of Object.entries(ways)) {
    test(way, async () => assert.equal(await page.evaluate(job), 'none'));
  }
});

test('converting reports its progress, and leaves no worker behind', async () => {
  const [steps, size] = await page.evaluate(async () => {
    const steps = [];
    await t.maskrcnn.convert('/checkpoints/micro.pth', { onProgress: (step) => steps.push(step) });
    return [steps, micro.size];
  });
  assert.ok(steps.length > 1);
  assert.ok(steps.slice(0, -1).every(({ phase, total }) => phase === 'download' && total === size));
  assert.deepEqual(steps.at(-1), { phase: 'prepare', loaded: size, total: size });
  await workersLeft(page, 0);
});

test('converting works on the page’s own thread, again after a failure', async () => {
  const codes = await page.evaluate(async () => [
    await endOf(micro, { worker: false }),
    await endOf(micro.slice(0, 1000), { worker: false }),
    await endOf(micro, { worker: false }),
  ]);
  assert.deepEqual(codes, ['none', 'weights-integrity', 'none']);
});

describe('a typed error for', () => {
  const ways = {
    'a damaged checkpoint': ['weights-integrity', () => endOf(micro.slice(0, micro.size / 2))],
    'no checkpoint at all': ['weights-integrity', () => endOf(new Blob(['this is not a model']))],
    'an empty file': ['weights-integrity', () => endOf(new Blob([]))],
    'another network': ['weights-incompatible', () => endOf('/ops.safetensors')],
    'a path that does not exist': ['network', () => endOf('/checkpoints/none.pth')],
    nothing: ['invalid-input', () => endOf(undefined)],
    'a manifest': ['invalid-input', () => endOf({ version: 1 })],
    'an unknown precision': ['invalid-input', () => endOf(micro, { precision: 'f8' })],
    'an invalid name': ['invalid-input', () => endOf(micro, { name: 7 })],
    'too few labels': ['invalid-input', () => endOf(micro, { labels: ['background'] })],
    'invalid labels': ['invalid-input', () => endOf(micro, { labels: [1, 2] })],
    'a signal that has fired': ['aborted', () => endOf(micro, { signal: AbortSignal.abort() })],
    'a signal that fires while the checkpoint arrives': [
      'aborted',
      () => endOf('/trickle', { signal: AbortSignal.timeout(100) }),
    ],
    'a signal that fires while it is converted': [
      'aborted',
      () => {
        const stop = new AbortController();
        const onProgress = ({ phase }) => phase === 'prepare' && setTimeout(() => stop.abort());
        return endOf(micro, { signal: stop.signal, onProgress });
      },
    ],
  };
  for (const [way, [code, job]] of Object.entries(ways)) {
    test(way, async () => {
      assert.equal(await page.evaluate(job), code);
      await workersLeft(page, 0);
    });
  }
});
