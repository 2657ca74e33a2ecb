import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { launch } from './launch.mjs';
import { setUp } from './setup.mjs';
import { file, visit } from './site.mjs';

let stand;
let site;
let page;
before(async () => {
  stand = await setUp({ flags: ['--use-fake-device-for-media-stream'] });
});
after(() => stand.tearDown());
beforeEach(async () => {
  site = await visit(stand);
  page = site.page;
});
afterEach(() => site.close());

describe('the demo page', () => {
  test('counts the nuclei of its example and says how large they are', async () => {
    assert.ok((await site.count()) > 0);
    assert.equal(await site.textOf('#count'), `${await site.count()} nuclei`);
    const areas = await page.locator('#list [role=option]:visible .area').allTextContents();
    const sorted = areas.map((text) => Number(text.replace(/\D/g, ''))).sort((a, b) => a - b);
    const mean = Math.round(sorted.reduce((sum, area) => sum + area, 0) / sorted.length);
    assert.equal(Number((await site.textOf('#area-mean')).replace(/\D/g, '')), mean);
    assert.equal(Number((await site.textOf('#area-largest')).replace(/\D/g, '')), sorted.at(-1));
    assert.equal(Number((await site.textOf('#area-smallest')).replace(/\D/g, '')), sorted[0]);
    const histogram = await page.locator('#histogram').getAttribute('aria-label');
    const counts = [...histogram.matchAll(/(\d+) nucle(?:us|i) of /g)].map(([, count]) => Number(count));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      sorted.length,
    );
    assert.match(await site.textOf('#fact-time'), /^[\d,.]+ ms$/);
    assert.match(await site.textOf('#fact-backend'), /CPU/);
    assert.match(await site.textOf('#fact-model'), /nuclei/);
    assert.match(await site.textOf('header'), /no image leaves it/);
    assert.match(await page.locator('#canvas').getAttribute('aria-label'), /^Example.*\d+ nuclei outlined$/);
  });

  test('says that the test network’s results are meaningless', async () => {
    assert.equal(await page.locator('#reference').isVisible(), false);
    await page.locator('#network').selectOption('reference');
    await page.locator('#reference').waitFor();
    await site.done();
    assert.match(await site.textOf('#reference'), /labels and shapes\s+have no meaning/);
    assert.match(await site.textOf('#count'), /^\d+ objects$/);
  });

  test('the slider redraws without running the network', async () => {
    const [before, list, requests, time] = [
      await site.shown(),
      await site.count(),
      stand.server.requests.length,
      await site.textOf('#fact-time'),
    ];
    await page.locator('#threshold').fill('99');
    assert.ok((await site.count()) < list);
    assert.notEqual(await site.shown(), before);
    await page.locator('#threshold').fill('95');
    assert.match(await site.textOf('#status'), /^\d+ of \d+ nuclei score above 95 %\.$/);
    assert.equal(stand.server.requests.length, requests);
    assert.equal(await site.textOf('#fact-time'), time);
  });

  test('takes an image that is dropped', async () => {
    await site.drop('tiny.png', await file('pictures/tiny.png'));
    await site.sees(TINY.size);
    await site.done();
  });

  test('takes an image that is chosen, and one that is pasted', async () => {
    await page.locator('#picture').setInputFiles(new URL('pictures/grey.png', import.meta.url).pathname);
    await site.sees(TINY.size);
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(80, 60);
      canvas.getContext('2d').fillRect(10, 10, 30, 30);
      const transfer = new DataTransfer();
      transfer.items.add(new File([await canvas.convertToBlob()], 'pasted.png', { type: 'image/png' }));
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }));
    });
    await site.sees('80 × 60');
  });

  test('accepts another input size', async () => {
    const before = await site.shown();
    await page.locator('#size').selectOption('256');
    await page.waitForFunction(() => document.querySelector('#progress').hidden);
    await site.done();
    assert.equal(await page.locator('#size').inputValue(), '256');
    assert.notEqual(await site.shown(), before);
  });

  test('a file that is not an image is reported in plain words', async () => {
    await site.drop('letter.txt', Buffer.from('Dear network'));
    await page.locator('#error').waitFor();
    assert.match(await site.textOf('#error'), /letter\.txt is not an image/);
  });

  test('runs on WebGPU when it is asked to', async () => {
    // A software adapter would take minutes for the default model.
    await page.locator('#network').selectOption('reference');
    await page.locator('#reference').waitFor();
    await site.done();
    await page.locator('#backend').selectOption('webgpu');
    await page.waitForFunction(() => document.querySelector('#fact-backend').textContent === 'WebGPU');
  });

  test('says so when there is no WebGPU', async () => {
    await page.evaluate(() => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined }));
    await page.locator('#backend').selectOption('webgpu');
    await page.locator('#error').waitFor();
    assert.match(await site.textOf('#error'), /offers no WebGPU/);
    assert.equal(await page.locator('#backend').inputValue(), 'auto');
  });

  test('points from the list into the image, and from the image into the list', async () => {
    const highlight = () => page.locator('#canvas').getAttribute('data-highlight');
    const before = await site.shown();
    await page.locator('#list [role=option]').nth(2).hover();
    assert.equal(await highlight(), '2');
    assert.notEqual(await site.shown(), before);

    // Nuclei are round: the middle of one is its own. Which one is asked, the page itself must say.
    const canvas = await page.locator('#canvas').boundingBox();
    let found = '';
    for (let step = 0; step < 400 && !found; step++) {
      const [x, y] = [(step % 20) / 20 + 0.02, Math.floor(step / 20) / 20 + 0.02];
      await page.mouse.move(canvas.x + x * canvas.width, canvas.y + y * canvas.height);
      found = await highlight();
    }
    assert.notEqual(found, '');
    assert.match(await page.locator('#list [role=option]').nth(Number(found)).getAttribute('class'), /pointed/);
    await page.mouse.down();
    await page.mouse.up();
    assert.equal(await page.locator('#list [role=option]').nth(Number(found)).getAttribute('aria-selected'), 'true');
  });

  test('saves what is shown: image, measures, labels, regions, outlines', async () => {
    const save = async (format, ending) => {
      const begun = page.waitForEvent('download');
      await page.locator(`[data-format=${format}]`).click();
      const download = await begun;
      assert.equal(download.suggestedFilename(), `Example-synthetic-nuclei${ending}`);
      return readFile(await download.path());
    };
    // What the filters leave out is not saved, and the numbers are those of the list.
    await page.locator('#filters summary').click();
    await page.locator('#exclude-border').check();
    const count = await site.count();
    const png = await save('png', '-outlined.png');
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [480, 360]);
    const areas = (await page.locator('#list .area').allTextContents()).map((text) => text.replace(/\D/g, ''));
    const [head, ...rows] = (await save('csv', '-measures.csv')).toString().trim().split(/\r?\n/);
    const columns = head.split(',');
    const column = (name) => rows.map((row) => row.split(',')[columns.indexOf(name)]);
    assert.deepEqual(column('area_px2'), areas);
    assert.deepEqual(column('id'), await page.locator('#list .number').allTextContents());
    assert.ok(columns.some((name) => name.startsWith('intensity_mean_')));

    const tiff = await save('tif', '-labels.tif');
    assert.match(tiff.subarray(0, 4).toString('latin1'), /^(II\*\0|MM\0\*)$/);
    const labels = await save('labels', '-labels.png');
    assert.deepEqual([labels.readUInt32BE(16), labels.readUInt32BE(20), labels[24]], [480, 360, 16]);
    const rois = await save('rois', '-rois.zip');
    assert.equal(rois.subarray(0, 4).toString('latin1'), 'PK\x03\x04');
    assert.equal(rois.toString('latin1').split('PK\x01\x02').length - 1, count);
    const { features } = JSON.parse(await save('geojson', '.geojson'));
    assert.equal(features.length, count);
    const { images, annotations, categories } = JSON.parse(await save('coco', '-coco.json'));
    assert.equal(annotations.length, count);
    assert.deepEqual([images[0].width, images[0].height], [480, 360]);
    assert.equal(categories[0].name, 'nucleus');
    assert.equal((await save('svg', '-outlines.svg')).toString().match(/<path /g).length, count);
  });

  test('follows the camera until it is stopped', async () => {
    await page.context().grantPermissions(['camera']);
    await page.locator('#network').selectOption('reference');
    await page.locator('#reference').waitFor();
    await site.done();
    await page.locator('#camera').click();
    await site.sees('640 × 480');
    const first = await site.shown();
    await page.waitForFunction((first) => document.querySelector('#canvas').toDataURL() !== first, first);
    assert.equal(await site.textOf('#camera'), 'Stop camera');
    await page.locator('#camera').click();
    assert.equal(await site.textOf('#camera'), 'Use camera');
    assert.equal(await page.locator('#preview').isVisible(), false);
    const last = await site.shown();
    await page.waitForTimeout(500);
    assert.equal(await site.shown(), last);
  });

  test('says so when the camera is not allowed', async () => {
    await page.locator('#camera').click();
    await page.locator('#error').waitFor();
    assert.match(await site.textOf('#error'), /The camera is not allowed for this page/);
  });

  test('says so when there is no camera, and that the CPU is used without a GPU', async () => {
    const browser = await launch({ gpu: false });
    const poor = await visit({ ...stand, browser });
    await poor.page.context().grantPermissions(['camera']);
    assert.match(await poor.textOf('#no-webgpu'), /no graphics card that WebGPU could use, so the CPU does the work/);
    await poor.page.locator('#camera').click();
    await poor.page.locator('#error').waitFor();
    assert.match(await poor.textOf('#error'), /There is no camera on this device/);
    await poor.close();
    await browser.close();
  });
});
