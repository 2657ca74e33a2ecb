import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';
import { file, visit } from './site.mjs';

const axe = createRequire(new URL('../../pkg/', import.meta.url)).resolve('axe-core');

let stand;
let site;
let page;
before(async () => {
  stand = await setUp();
  site = await visit(stand, { bypassCSP: true, colorScheme: 'light' });
  page = site.page;
  await page.locator('#list [role=option]').nth(1).click();
  await page.locator('#tab-find').press('ArrowRight');
  await page.locator('#inside-figures').waitFor();
});
after(() => stand.tearDown());

/** Whether a canvas shows more than one colour. */
const isDrawn = (canvas) =>
  canvas.evaluate((canvas) => {
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return pixels.some((pixel) => pixel !== pixels[0]);
  });

describe('the Inside tab', () => {
  test('is one of two tabs that the arrow keys change', async () => {
    const chosen = () => page.locator('[role=tab][aria-selected=true]').getAttribute('id');
    assert.equal(await chosen(), 'tab-inside');
    assert.equal(await page.locator('#find').isVisible(), false);
    await page.locator('#tab-inside').press('ArrowRight');
    assert.equal(await chosen(), 'tab-find');
    assert.equal(await page.locator('#inside').isVisible(), false);
    await page.locator('#tab-find').press('End');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-inside');
    assert.equal(await page.locator('#inside-figures').isVisible(), true);
  });

  test('shows the objectness of each level of the pyramid', async () => {
    const captions = await page.locator('#objectness figcaption').allTextContents();
    assert.deepEqual(
      captions.map((caption) => caption.slice(0, 2)),
      ['P2', 'P3', 'P4', 'P5', 'P6'],
    );
    assert.ok(await isDrawn(page.locator('#objectness canvas').first()));
  });

  test('shows proposals before and after suppression, and the level of each', async () => {
    const captions = await page.locator('#suppression figcaption').allTextContents();
    const [before, after] = captions.map((caption) => Number(caption.match(/of ([\d,]+)$/)[1].replace(/\D/g, '')));
    assert.ok(before > after && after > 0, `${before} before, ${after} after`);
    const counts = (await page.locator('#pooling li').allTextContents()).map((text) =>
      Number(text.slice(3).replace(/\D/g, '')),
    );
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      after,
    );
    const canvas = page.locator('#suppression canvas').first();
    const many = await canvas.evaluate((canvas) => canvas.toDataURL());
    await page.locator('#proposal-number').fill('10');
    assert.notEqual(await canvas.evaluate((canvas) => canvas.toDataURL()), many);
  });

  test('shows scores and masks for every class of the chosen object', async () => {
    assert.match(await site.textOf('#instance option:checked'), /^2: nucleus/);
    const bars = await page.locator('#class-scores li').allTextContents();
    assert.deepEqual(bars.map((bar) => bar.match(/[a-z]+/)[0]).sort(), ['background', 'nucleus']);
    const scores = await page.locator('#class-scores meter').evaluateAll((meters) => meters.map(({ value }) => value));
    assert.ok(Math.abs(scores[0] + scores[1] - 1) < 1e-3);
    const masks = page.locator('#class-masks figure');
    assert.deepEqual(await masks.allTextContents(), ['nucleus', 'background']);
    assert.equal(await masks.first().getAttribute('class'), 'own');
    for (const canvas of await masks.locator('canvas').all()) {
      assert.deepEqual(await canvas.evaluate(({ width, height }) => [width, height]), [28, 28]);
    }
    assert.ok(await isDrawn(masks.locator('canvas').first()));
  });

  test('says which sections of the papers explain it, and axe finds no violation', async () => {
    for (const text of await page.locator('#inside-figures section > p:first-of-type cite').allTextContents()) {
      assert.match(text, /section \d/);
    }
    await page.addScriptTag({ path: axe });
    const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
    assert.deepEqual(
      found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('; ')}`),
      [],
    );
  });

  test('follows to another image', async () => {
    const before = await page
      .locator('#objectness canvas')
      .first()
      .evaluate((canvas) => canvas.toDataURL());
    await site.drop('tiny.png', await file('pictures/tiny.png'));
    await page.waitForFunction(
      (before) =>
        document.querySelector('#inside').ariaBusy === 'false' &&
        document.querySelector('#objectness canvas').toDataURL() !== before,
      before,
    );
    await site.close();
  });
});
