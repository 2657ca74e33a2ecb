import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup.mjs';
import { visit } from './site.mjs';

const tiff = (name) => fileURLToPath(new URL(`../image/tiff/${name}`, import.meta.url));
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true };

let stand;
let site;
let page;
before(async () => {
  stand = await setUp();
});
after(() => stand.tearDown());

/** Opens a file and waits for what is found in it. */
async function open(name) {
  await page.locator('#picture').setInputFiles(tiff(name));
  await page.waitForFunction((name) => document.querySelector('#canvas').ariaLabel.startsWith(`${name}, with`), name);
  await site.done();
}

/** What is on the canvas: whether all of it is grey, its different tones, and the sum of its samples. */
const look = () =>
  page.evaluate(() => {
    const shown = document.querySelector('#canvas');
    // A copy: reading from the canvas itself would move it off the GPU.
    const copy = new OffscreenCanvas(shown.width, shown.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(shown, 0, 0);
    const { data } = copy.getImageData(0, 0, shown.width, shown.height);
    const tones = new Set();
    let [isGrey, brightness] = [true, 0];
    for (let i = 0; i < data.length; i += 4) {
      isGrey &&= data[i] === data[i + 1] && data[i] === data[i + 2];
      brightness += data[i];
      tones.add(data[i]);
    }
    return { isGrey, tones: tones.size, brightness };
  });

/** Filters out all that was found, so that the image alone is on the canvas. */
async function hideObjects() {
  await page.locator('#filters').evaluate((details) => details.setAttribute('open', ''));
  await page.locator('#min-area').fill('100000000');
}

describe('the demo page opens microscopes’ files', () => {
  beforeEach(async () => {
    site = await visit(stand);
    page = site.page;
  });
  afterEach(() => site.close());

  test('of 16 bits, which it shows with the contrast that the network sees', async () => {
    await open('BBBC007_A9_p7d.tif');
    assert.ok((await site.count()) > 40, await site.textOf('#status'));
    assert.match(await site.textOf('#fact-picture'), /340 × 340 px/);
    assert.equal(await page.locator('#channel').isVisible(), false);
    await hideObjects();
    const { isGrey, tones } = await look();
    assert.ok(isGrey && tones > 100, `${tones} tones`);
  });

  test('with several channels, of which one can be chosen, and pixels of known size', async () => {
    await open('piximi_16b_4c_neuron-composite.tif');
    assert.deepEqual(await page.locator('#channel option').allTextContents(), ['1', '2', '3', '4']);
    assert.equal(await page.locator('#pixel-size').inputValue(), '0.16');
    assert.equal(await site.textOf('#pixel-size-origin'), 'from the file');
    assert.match(await site.textOf('#area-mean'), /µm²$/);
    const saved = page.waitForEvent('download');
    await page.locator('[data-format=csv]').click();
    const [head] = (await readFile(await (await saved).path())).toString().split(/\r?\n/);
    const columns = head.split(',');
    assert.ok(columns.includes('area_um2'), head);
    assert.equal(columns.filter((name) => name.startsWith('intensity_mean_')).length, 4, head);
    await hideObjects();
    const first = await site.shown();
    await page.locator('#channel').selectOption('3');
    await page.waitForFunction((first) => document.querySelector('#canvas').toDataURL() !== first, first);
    assert.ok((await look()).isGrey);
    await site.done();
    await page.locator('#pixel-size').fill('0.32');
    await page.locator('#pixel-size').press('Enter');
    assert.equal(await site.textOf('#pixel-size-origin'), '');
  });

  test('in colours, and one of them alone', async () => {
    await open('piximi_8b_rgb_FluorescentCells.tif');
    assert.deepEqual(await page.locator('#channel option').allTextContents(), ['Colours', 'Red', 'Green', 'Blue']);
    await hideObjects();
    assert.equal((await look()).isGrey, false);
    await page.locator('#channel').selectOption({ label: 'Blue' });
    await page.waitForFunction(() => !document.querySelector('#progress').hidden);
    await site.done();
    assert.ok((await look()).isGrey);
  });

  test('with several planes, one after the other, and the brightest of all', async () => {
    await open('piximi_9z_1c_8b_shorter_3d_monolayer_xy1_ch0.tif');
    assert.equal(await site.textOf('#z-value'), '1 of 9');
    assert.equal(await page.locator('#page').isVisible(), false);
    await hideObjects();
    const first = await site.shown();
    await page.locator('#z').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((first) => document.querySelector('#canvas').toDataURL() !== first, first);
    assert.equal(await site.textOf('#z-value'), '2 of 9');
    assert.equal(await page.locator('#z').getAttribute('aria-valuetext'), '2 of 9');
    await site.done();
    const second = await look();
    await page.locator('#projection').check();
    await page.waitForFunction(() => document.querySelector('#z-value').value === 'all 9');
    await site.done();
    assert.notEqual((await look()).brightness, second.brightness);
    assert.ok(await page.locator('#z').isDisabled());
  });

  test('and says what is wrong with one that it cannot read', async () => {
    await site.drop('broken.tif', Buffer.from('II*\0\xff\xff\xff\x7f', 'latin1'));
    await page.locator('#error').waitFor();
    assert.match(await site.textOf('#error'), /^This cannot be used\. \(.*TIFF/);
    assert.equal(await site.textOf('#status'), 'That did not work.');
    // The image that was there, and what was found in it, stay.
    assert.match(await page.locator('#canvas').getAttribute('aria-label'), /^Example.*outlined$/);
  });
});

test('the demo page shows a stack on a phone', async () => {
  site = await visit(stand, PHONE);
  page = site.page;
  await open('piximi_9z_1c_8b_shorter_3d_monolayer_xy1_ch0.tif');
  const { wide, canvas } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    canvas: document.querySelector('#canvas').getBoundingClientRect().width,
  }));
  assert.ok(wide <= 390, `the page is ${wide} px wide`);
  assert.ok(canvas > 330, `the image is ${canvas} px wide`);
  await site.close();
});
