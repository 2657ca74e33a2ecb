import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileOnServer } from './download.mjs';
import { setUp } from './setup.mjs';

const folder = new URL('../../models/nuclei/', import.meta.url);
const model = readFileSync(new URL('nuclei.safetensors', folder));
const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
const half = Math.floor(model.length / 2);

const files = {};
const bodies = {};
/** Serves a model with these files, and gives its manifest's path. */
function publish(name, how, parts = [model]) {
  const weights = parts.map((bytes, i) => {
    const file = fileOnServer(bytes, how);
    files[`${name}/${i}`] = file;
    bodies[`/${name}/${i}`] = file.answer;
    return file.manifestEntry(String(i));
  });
  bodies[`/${name}/manifest.json`] = Buffer.from(JSON.stringify({ ...manifest, weights }));
}
publish('whole');
publish('shards', {}, [model.subarray(0, half), model.subarray(half)]);
publish('breaks', { breaks: [1_000_000, 500_000] });
publish('breaks-without-ranges', { breaks: [1_000_000], ranges: false });
publish('dead', { breaks: [0, 0, 0] });
publish('damaged-once', { damaged: 1 });
publish('damaged', { damaged: 9 });
publish('interrupted', { breaks: [1_000_000, 0] });
publish('plain', { breaks: [1_000_000] });
publish('quota');

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false }, bodies);
});
beforeEach(async () => {
  await page?.context().close();
  page = await stand.page();
  await page.evaluate(() => {
    globalThis.load = async (model, options) => {
      const steps = [];
      const onProgress = (step) => steps.push(step);
      const segmenter = t.maskrcnn.Segmenter.load({
        model,
        backend: 'cpu',
        settings: { input: { minSize: 64 } },
        onProgress,
        ...options,
      });
      const { code } = await t.outcome(segmenter.then((segmenter) => segmenter.dispose()));
      return { code, steps };
    };
  });
});
after(() => stand.tearDown());

const load = (name, options = {}) =>
  page.evaluate(([model, options]) => load(model, options), [`/${name}/manifest.json`, options]);

describe('the files of a model', () => {
  test('are fetched once: the second load makes no request for them', async () => {
    assert.equal((await load('shards')).code, 'none');
    const from = stand.server.requests.length;
    const { code, steps } = await load('shards');
    assert.equal(code, 'none');
    assert.deepEqual(
      stand.server.requests.slice(from).filter((path) => path.startsWith('/shards/')),
      ['/shards/manifest.json'],
    );
    assert.deepEqual(steps.at(-1), { phase: 'prepare', loaded: model.length, total: model.length });
  });

  test('are fetched each time with `cache: false`, and nothing is kept', async () => {
    const before = files['whole/0'].asked.length;
    for (let i = 0; i < 2; i++) assert.equal((await load('whole', { cache: false })).code, 'none');
    assert.equal(files['whole/0'].asked.length, before + 2);
    assert.deepEqual(await page.evaluate(() => caches.keys()), []);
  });

  test('are resumed with a Range request when the connection breaks', async () => {
    const { code, steps } = await load('breaks', { cache: false });
    assert.equal(code, 'none');
    assert.deepEqual(files['breaks/0'].asked, [undefined, 'bytes=1000000-', 'bytes=1500000-']);
    assert.ok(steps.every(({ loaded }, i) => i === 0 || loaded >= steps[i - 1].loaded));
  });

  test('start over where the server does not support ranges', async () => {
    assert.equal((await load('breaks-without-ranges', { cache: false })).code, 'none');
    assert.equal(files['breaks-without-ranges/0'].asked.length, 2);
  });

  test('fail when an attempt brings no bytes', async () => {
    assert.equal((await load('dead')).code, 'network');
    assert.equal(files['dead/0'].asked.length, 1);
  });

  test('are resumed where an earlier visit was interrupted', async () => {
    // The second attempt brings no bytes, which ends the visit.
    assert.equal((await load('interrupted')).code, 'network');
    await page.reload();
    await page.evaluate(async () => {
      globalThis.t = await import('/in-page.mjs');
    });
    const code = await page.evaluate(async () => {
      const model = '/interrupted/manifest.json';
      return (await t.outcome(t.maskrcnn.Segmenter.load({ model, backend: 'cpu' }))).code;
    });
    assert.equal(code, 'none');
    assert.deepEqual(files['interrupted/0'].asked, [undefined, 'bytes=1000000-', 'bytes=1000000-']);
    const kept = await page.evaluate(async () => (await (await caches.open('maskrcnn-web-v1')).keys()).length);
    assert.equal(kept, 1);
  });

  test('are fetched again when they arrive damaged', async () => {
    assert.equal((await load('damaged-once')).code, 'none');
    assert.equal(files['damaged-once/0'].asked.length, 2);
  });

  test('are rejected when they are damaged again', async () => {
    assert.equal((await load('damaged')).code, 'weights-integrity');
    assert.equal(files['damaged/0'].asked.length, 2);
  });

  test('are fetched again when they were damaged in the cache', async () => {
    await load('whole');
    const before = files['whole/0'].asked.length;
    await page.evaluate(async () => {
      const cache = await caches.open('maskrcnn-web-v1');
      for (const key of await cache.keys()) {
        const bytes = new Uint8Array(await (await cache.match(key)).arrayBuffer());
        bytes[bytes.length >> 1] ^= 4;
        await cache.put(key, new Response(bytes));
      }
    });
    assert.equal((await load('whole')).code, 'none');
    assert.equal(files['whole/0'].asked.length, before + 1);
    assert.equal((await load('whole')).code, 'none');
    assert.equal(files['whole/0'].asked.length, before + 1);
  });

  test('are used but not cached when the quota is exceeded', async () => {
    const session = await page.context().newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: stand.server.origin, quotaSize: 10_000 });
    for (let i = 1; i <= 2; i++) {
      assert.equal((await load('quota')).code, 'none');
      assert.equal(files['quota/0'].asked.length, i);
    }
  });

  test('replace other versions of themselves', async () => {
    const kept = await page.evaluate(async () => {
      const cache = await caches.open('maskrcnn-web-v1');
      await cache.put('/whole/0?maskrcnn-web-sha256=other', new Response('old'));
      await cache.put('/whole/0?mine', new Response('of somebody else'));
      await load('/whole/manifest.json');
      return (await cache.keys()).map(({ url }) => new URL(url).search);
    });
    assert.equal(kept.length, 2);
    assert.ok(kept.includes('?mine') && !kept.includes('?maskrcnn-web-sha256=other'));
  });
});

describe('the weights of a package', () => {
  const pack = (name) => ({
    manifest: { ...manifest, weights: JSON.parse(bodies[`/${name}/manifest.json`]).weights },
    weights: [`/${name}/0`],
  });
  const kept = () =>
    page.evaluate(async () => (await (await caches.open('maskrcnn-web-v1')).keys()).map(({ url }) => url));

  test('are fetched once, under whatever name a bundler gives them', async () => {
    assert.equal((await page.evaluate((model) => load(model), pack('whole'))).code, 'none');
    const from = stand.server.requests.length;
    const renamed = { ...pack('whole'), weights: ['/assets/nuclei-4f5a.safetensors'] };
    assert.equal((await page.evaluate((model) => load(model), renamed)).code, 'none');
    assert.deepEqual(
      stand.server.requests.slice(from).filter((path) => path.startsWith('/assets/')),
      [],
    );
  });

  test('replace those of another version', async () => {
    await page.evaluate(async () => {
      const cache = await caches.open('maskrcnn-web-v1');
      await cache.put('https://maskrcnn-web.invalid/nuclei/0?maskrcnn-web-sha256=old', new Response('old'));
    });
    assert.equal((await page.evaluate((model) => load(model), pack('whole'))).code, 'none');
    assert.deepEqual(await kept(), [
      `https://maskrcnn-web.invalid/nuclei/0?maskrcnn-web-sha256=${pack('whole').manifest.weights[0].sha256}`,
    ]);
  });

  test('are resumed on a later visit', async () => {
    publish('stops', { breaks: [1_000_000, 0] });
    assert.equal((await page.evaluate((model) => load(model), pack('stops'))).code, 'network');
    assert.equal((await page.evaluate((model) => load(model), pack('stops'))).code, 'none');
    assert.equal(files['stops/0'].asked.at(-1), 'bytes=1000000-');
    assert.equal((await kept()).length, 1);
  });
});

test('a state dict alone is resumed when the connection breaks, too', async () => {
  const { code } = await page.evaluate(() => load('/plain/0'));
  assert.equal(code, 'none');
  assert.deepEqual(files['plain/0'].asked, [undefined, 'bytes=1000000-']);
});

describe('a size is rejected before anything is fetched', () => {
  const sizes = { 'a negative one': -1, zero: 0, 'a fraction': 1.5, 'more than wasm can hold': 2 ** 31 + 1 };
  for (const [what, bytes] of Object.entries(sizes)) {
    test(what, async () => {
      const from = stand.server.requests.length;
      const weights = [{ file: '/whole/0', bytes, sha256: '0'.repeat(64) }];
      const { code } = await page.evaluate((model) => load(model), { ...manifest, weights });
      assert.equal(code, 'weights-integrity');
      assert.deepEqual(stand.server.requests.slice(from), []);
    });
  }

  test('an answer that is longer than the manifest says is not read to its end', async () => {
    const weights = [{ file: '/trickle', bytes: 500, sha256: '0'.repeat(64) }];
    const { code } = await page.evaluate((model) => load(model), { ...manifest, weights });
    assert.equal(code, 'weights-integrity');
  });
});
