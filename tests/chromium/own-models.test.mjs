import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';
import { file, visit } from './site.mjs';

let stand;
let site;
let page;
before(async () => {
  stand = await setUp();
});
after(() => stand.tearDown());
beforeEach(async () => {
  site = await visit(stand);
  page = site.page;
});
afterEach(() => site.close());

/** Waits until the model that was dropped has been run. */
const runsOwnModel = () => page.waitForFunction(() => document.querySelector('#fact-model').textContent === 'my-own');

describe('a model of the visitor’s own', () => {
  // By any name: what counts is what they begin with.
  for (const [name, checkpoint] of Object.entries({
    'model.pth.tar': 'micro_legacy.pth',
    'last.ckpt': 'micro_run.pth',
    'pytorch_model.bin': 'micro.pth',
    weights: 'micro.safetensors',
    final: 'detectron2.pkl',
  })) {
    test(`takes ${checkpoint} that is called ${name}`, async () => {
      await site.drop(name, await file(`../reference/${checkpoint}`));
      const called = name.replace(/\..*/, '');
      await page.waitForFunction((called) => document.querySelector('#fact-model').textContent === called, called);
    });
  }

  for (const [kind, checkpoint] of Object.entries({ pth: 'micro', safetensors: 'micro', pkl: 'detectron2' })) {
    test(`takes a .${kind} that is dropped, and offers to choose one`, async () => {
      assert.ok((await page.locator('#model').getAttribute('accept')).split(',').includes(`.${kind}`));
      await site.drop(`my-own.${kind}`, await file(`../reference/${checkpoint}.${kind}`));
      await runsOwnModel();
      assert.equal(await page.locator('#network option:checked').textContent(), 'my-own');
      assert.equal(await page.locator('#size').inputValue(), 'auto');
    });
  }

  test('takes all files of a model’s folder, and keeps them', async () => {
    const folder = ['manifest.json', 'nuclei.safetensors'];
    const paths = folder.map((name) => new URL(`../../models/nuclei/${name}`, import.meta.url).pathname);
    const shown = await site.shown();
    await page.locator('#model').setInputFiles(paths);
    const own = () => page.waitForFunction(() => document.querySelector('#network').value === 'own:nuclei');
    await own();
    await site.done();
    assert.equal(await page.locator('#size').inputValue(), 'auto');
    assert.equal(await site.shown(), shown);
    await page.reload();
    await site.done();
    await page.locator('#network').selectOption('own:nuclei');
    await own();
    await site.done();
    assert.equal(await site.textOf('#fact-model'), 'nuclei');
    await page.locator('#model').setInputFiles(paths.slice(0, 1));
    await page.locator('#error').waitFor();
    assert.match(await site.textOf('#error'), /lack nuclei\.safetensors; give all files of its folder/);
  });

  test('takes a model’s folder that is dropped as it is', async () => {
    const devtools = await page.context().newCDPSession(page);
    const files = [new URL('../../models/nuclei', import.meta.url).pathname];
    const data = { items: [], files, dragOperationsMask: 1 };
    const drag = (type) => devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
    const isTaken = () => page.evaluate(() => document.querySelector('#network').value === 'own:nuclei');
    await drag('dragEnter');
    // Events before the page accepts files would be lost.
    for (let tries = 0; tries < 100 && !(await page.locator('body.dragging').count()); tries++) {
      await drag('dragOver');
      await page.waitForTimeout(50);
    }
    await drag('dragOver');
    await drag('drop');
    for (let tries = 0; tries < 200 && !(await isTaken()); tries++) await page.waitForTimeout(50);
    assert.equal(await isTaken(), true);
    await site.done();
  });

  test('a damaged model is reported in plain words, and the previous model stays', async () => {
    await site.drop('broken.pth', Buffer.from('this is not a model'));
    await page.locator('#error').waitFor();
    assert.match(await site.textOf('#error'), /This model file is damaged, or is not a model/);
    await site.drop('tiny.png', await file('pictures/tiny.png'));
    await site.sees(TINY.size);
    assert.equal(await page.locator('#error').isVisible(), false);
  });

  test('keeps a checkpoint as a model of half its size until it is to be forgotten', async () => {
    const checkpoint = await file('../../models/reference-tiny.safetensors');
    await site.drop('my-own.safetensors', checkpoint);
    await runsOwnModel();
    await site.done();
    const [found, shown] = [await site.count(), await site.shown()];
    assert.ok(found > 0);
    const kept = await page.evaluate(async () => {
      const cache = await caches.open((await caches.keys()).find((name) => name.startsWith('own models')));
      const files = (await cache.keys()).map(async (request) => [
        decodeURIComponent(request.url.split('/').at(-1)),
        Array.from(new Uint8Array(await (await cache.match(request)).arrayBuffer())),
      ]);
      return Object.fromEntries(await Promise.all(files));
    });
    assert.deepEqual(Object.keys(kept).sort(), ['manifest.json', 'my-own.safetensors']);
    const { weights, precision } = JSON.parse(Buffer.from(kept['manifest.json']).toString());
    const small = Buffer.from(kept['my-own.safetensors']);
    assert.equal(precision, 'f16');
    assert.deepEqual(weights, [
      { file: 'my-own.safetensors', bytes: small.length, sha256: createHash('sha256').update(small).digest('hex') },
    ]);
    assert.ok(small.length < checkpoint.length * 0.6, `${checkpoint.length} bytes became ${small.length}`);

    await page.reload();
    await site.done();
    await page.locator('#network').selectOption('my-own');
    await runsOwnModel();
    await site.done();
    assert.equal(await site.count(), found);
    assert.equal(await site.shown(), shown);
    await page.locator('#forget').click();
    await page.waitForFunction(() => document.querySelector('#fact-model').textContent === 'Cell nuclei');
    assert.equal(await page.locator('#network option', { hasText: 'my-own' }).count(), 0);
    await page.reload();
    await site.done();
    assert.equal(await page.locator('#network option', { hasText: 'my-own' }).count(), 0);
  });
});
