import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
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

const number = (text) => Number(text.replace(/[^\d.]/g, ''));

describe('the image on the demo page', () => {
  test('is enlarged by its buttons, and points where it says', async () => {
    const before = await site.shown();
    const fitting = (await page.locator('#ground').boundingBox()).width;
    await page.locator('#zoom-in').click();
    await page.locator('#zoom-in').click();
    await page.waitForFunction((before) => document.querySelector('#canvas').toDataURL() !== before, before);
    const { ground, canvas, stage } = await page.evaluate(() =>
      Object.fromEntries(
        ['ground', 'canvas', 'stage'].map((id) => [id, document.getElementById(id).getBoundingClientRect().toJSON()]),
      ),
    );
    assert.ok(Math.abs(ground.width / fitting - 1.5 ** 2) < 0.01, `${fitting} became ${ground.width}`);
    assert.ok(canvas.width <= stage.width && canvas.height <= stage.height);

    await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height / 2);
    const seen = new Set();
    for (let step = 0; step < 12; step++) {
      await page.evaluate((step) => document.querySelector('#scroller').scrollTo(0, step * 60), step);
      await page.mouse.move(stage.x + stage.width / 2 + (step % 2), stage.y + stage.height / 2);
      const found = await page.locator('#canvas').getAttribute('data-highlight');
      if (found !== '') seen.add(found);
    }
    assert.ok(seen.size > 1, 'several objects pass below the pointer while the image is scrolled');
    await page.locator('#zoom-fit').click();
    assert.ok(await page.locator('#zoom-out').isDisabled());
  });

  test('is enlarged and scrolled by keyboard', async () => {
    assert.equal(await page.locator('#scroller').getAttribute('tabindex'), null);
    await page.locator('#zoom-in').focus();
    await page.keyboard.press('Enter');
    await page.locator('#scroller').focus();
    await page.keyboard.press('+');
    const left = () => page.evaluate(() => document.querySelector('#scroller').scrollLeft);
    const before = await left();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((before) => document.querySelector('#scroller').scrollLeft > before, before);
    await page.keyboard.press('0');
    assert.equal(await page.locator('#scroller').getAttribute('tabindex'), null);
  });

  test('is dragged by the mouse, which chooses nothing', async () => {
    for (let press = 0; press < 3; press++) await page.locator('#zoom-in').click();
    const { x, y, width, height } = await page.locator('#stage').boundingBox();
    const place = () => page.evaluate(() => document.querySelector('#scroller').scrollLeft);
    const before = await place();
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 - 80, y + height / 2, { steps: 4 });
    await page.mouse.up();
    assert.ok(Math.abs((await place()) - before - 80) <= 1);
    assert.equal(await page.locator('#list [aria-selected=true]').count(), 0);
  });

  test('has its objects numbered as the list has them', async () => {
    const before = await site.shown();
    await page.locator('#show-numbers').check();
    assert.notEqual(await site.shown(), before);
    const numbers = await page.locator('#list .number').allTextContents();
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => String(index + 1)),
    );
  });

  test('is seen in one of its channels', async () => {
    await site.drop('stained.png', await file('pictures/nuclei-stained.png'));
    await page.waitForFunction(() => document.querySelector('#canvas').ariaLabel.startsWith('stained.png, with'));
    await site.done();
    const [before, count] = [await site.shown(), await site.count()];
    await page.locator('#channel').selectOption({ label: 'Red' });
    await page.waitForFunction(() => !document.querySelector('#progress').hidden);
    await site.done();
    assert.notEqual(await site.shown(), before);
    assert.ok((await site.count()) > 0, `${count} before`);
    // Without objects, all that is left is grey.
    await page.locator('#filters summary').click();
    await page.locator('#min-area').fill('1000000');
    const colourful = await page.evaluate(() => {
      const canvas = document.querySelector('#canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, index) => index % 4 === 1 && (value !== data[index - 1] || value !== data[index + 1]));
    });
    assert.equal(colourful, false);
    await page.locator('#min-area').fill('');
    await page.locator('#channel').selectOption({ label: 'Colours' });
    await page.waitForFunction((before) => document.querySelector('#canvas').toDataURL() === before, before);
  });
});

describe('the filters of the demo page', () => {
  test('leave out small objects, large ones, and those at the border', async () => {
    await page.locator('#filters summary').click();
    const areas = async () => (await page.locator('#list .area').allTextContents()).map(number);
    const all = await areas();
    await page.locator('#min-area').fill('300');
    assert.deepEqual(
      await areas(),
      all.filter((area) => area >= 300),
    );
    await page.locator('#max-area').fill('500');
    assert.deepEqual(
      await areas(),
      all.filter((area) => area >= 300 && area <= 500),
    );
    assert.match(await site.textOf('#status'), /score above 50 % and pass the filters\.$/);
    assert.equal(await page.locator('#list .number').first().textContent(), '1');
    await page.locator('#min-area').fill('');
    await page.locator('#max-area').fill('');
    assert.deepEqual(await areas(), all);
    await page.locator('#exclude-border').check();
    const inner = await areas();
    assert.ok(inner.length > 0 && inner.length < all.length);
  });

  test('and areas are in µm² where the size of the pixels is known', async () => {
    const before = number(await site.textOf('#area-mean'));
    await page.locator('#pixel-size').fill('0.5');
    await page.locator('#pixel-size').press('Enter');
    assert.match(await site.textOf('#area-mean'), /µm²$/);
    assert.ok(Math.abs(number(await site.textOf('#area-mean')) - before / 4) < 1);
    assert.match(await site.textOf('#area-caption'), /square micrometres/);
    assert.match(await page.locator('#histogram').getAttribute('aria-label'), /µm²/);
    await page.locator('#filters summary').click();
    assert.equal(await site.textOf('#area-unit'), 'µm²');
    const count = await site.count();
    await page.locator('#min-area').fill('100');
    assert.ok((await site.count()) < count);
    for (const area of await page.locator('#list .area').allTextContents()) {
      assert.match(area, /µm²$/);
      assert.ok(number(area) >= 100);
    }
    await page.locator('#pixel-size').fill('');
    await page.locator('#pixel-size').press('Enter');
    assert.match(await site.textOf('#area-mean'), /px$/);
  });
});
