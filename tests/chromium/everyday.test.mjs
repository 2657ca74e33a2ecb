import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compare } from './agreement.mjs';
import { decoded } from './decoded.mjs';
import { predict } from './native.mjs';
import { setUp } from './setup.mjs';
import { file, visit } from './site.mjs';

/** Photographs, and what is largest in each. */
const PHOTOGRAPHS = { 'astronaut.jpg': 'person', 'chelsea.jpg': 'animal' };

let stand;
before(async () => {
  stand = await setUp();
});
after(() => stand.tearDown());

test('the model for photographs finds a person and a cat, as the command line does', async () => {
  const names = Object.keys(PHOTOGRAPHS);
  const model = fileURLToPath(new URL('../../models/everyday', import.meta.url));
  const page = await stand.page();
  const folder = mkdtempSync(join(tmpdir(), 'maskrcnn-everyday-'));
  for (const name of names) writeFileSync(join(folder, `${name}.png`), await decoded(page, `/pictures/${name}`));
  const paths = names.map((name) => join(folder, `${name}.png`));
  const natively = predict(paths, ['--model', model]);
  rmSync(folder, { recursive: true });
  const [found, { scoreThreshold }] = await page.evaluate(async (names) => {
    const { default: everyday } = await import('/packages/maskrcnn-web-everyday/index.js');
    const segmenter = await t.maskrcnn.Segmenter.load({ model: everyday, backend: 'cpu' });
    const found = [];
    for (const name of names) {
      const { detections } = await segmenter.segment(await t.fetchBlob(`/pictures/${name}`));
      found.push(detections.map(({ label, score, box, mask }) => ({ label, score, box, area: mask.area })));
    }
    return [found, segmenter.settings.detections];
  }, names);
  await page.close();
  for (const [i, name] of names.entries()) {
    const verdict = compare(natively[i], found[i], scoreThreshold);
    assert.ok(verdict.agrees, `${name}: ${JSON.stringify(verdict)}`);
    const [largest] = found[i].toSorted((a, b) => b.area - a.area);
    assert.equal(largest?.label, PHOTOGRAPHS[name]);
    assert.ok(largest.area > (natively[i].width * natively[i].height) / 8, `${name}: ${JSON.stringify(largest)}`);
  }
});

test('the demo page has a model for photographs, and says that it gives no guarantee', async () => {
  const site = await visit(stand);
  const { page } = site;
  assert.equal(await page.locator('#everyday').isVisible(), false);
  await page.locator('#network').selectOption('everyday');
  await page.locator('#everyday').waitFor();
  assert.match(await site.textOf('#everyday'), /No guarantee\..* overlooks people/);
  await site.drop('astronaut.jpg', await file('pictures/astronaut.jpg'));
  await site.sees('320 × 320');
  await site.done();
  assert.ok((await page.locator('#list .label').allTextContents()).includes('person'));
  assert.equal(await page.locator('#other-model').isVisible(), false);
  await site.close();
});

test('where nothing is found, the demo page leads to another model', async () => {
  const site = await visit(stand);
  const { page } = site;
  const white = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(90, 90);
    canvas.getContext('2d').fillStyle = 'white';
    canvas.getContext('2d').fillRect(0, 0, 90, 90);
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  });
  await site.drop('white.png', Buffer.from(white, 'base64'));
  await site.sees('90 × 90');
  await site.done();
  await page.locator('#other-model a').click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'network');
  await site.close();
});
