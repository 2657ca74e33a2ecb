import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

const DONE = /^\d+ of \d+ (nuclei|objects) score above \d+ %\.$/;

let stand;
let page;
let problems;
before(async () => {
  stand = await setUp();
});
after(() => stand.tearDown());
beforeEach(async () => {
  problems = [];
  page = await open();
});
afterEach(async () => {
  await page.close();
  assert.deepEqual(problems, []);
});

/** Opens the page and notes everything that a visitor should never meet. */
async function open(options) {
  const page = await stand.browser.newPage(options);
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => problems.push(`error: ${error}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'blob:' && origin !== stand.server.origin) problems.push(`request: ${request.url()}`);
  });
  await page.goto(`${stand.server.origin}/deep/down/`);
  await done(page);
  return page;
}

/** Waits until the network has answered. */
async function done(page) {
  await page.waitForFunction(
    (pattern) =>
      new RegExp(pattern).test(document.querySelector('#status').textContent) &&
      document.querySelector('#progress').hidden,
    DONE.source,
  );
}

const textOf = (selector) => page.locator(selector).textContent();
const count = () => page.locator('#list li').count();
const shown = () => page.evaluate(() => document.querySelector('#canvas').toDataURL());

/** Drops a file on the page, as a hand would. */
async function drop(name, bytes) {
  const data = await page.evaluateHandle(
    ({ name, base64 }) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    { name, base64: bytes.toString('base64') },
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: data });
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
}

const file = (path) => readFile(new URL(path, import.meta.url));

describe('the demo page', () => {
  test('counts the nuclei of its example and says how large they are', async () => {
    assert.ok((await count()) > 0);
    assert.equal(await textOf('#count'), `${await count()} nuclei`);
    const areas = await page.locator('#list .area').allTextContents();
    const sorted = areas.map((text) => Number(text.replace(/\D/g, ''))).sort((a, b) => a - b);
    const mean = Math.round(sorted.reduce((sum, area) => sum + area, 0) / sorted.length);
    assert.equal(Number((await textOf('#area-mean')).replace(/\D/g, '')), mean);
    assert.equal(Number((await textOf('#area-largest')).replace(/\D/g, '')), sorted.at(-1));
    assert.equal(Number((await textOf('#area-smallest')).replace(/\D/g, '')), sorted[0]);
    const histogram = await page.locator('#histogram').getAttribute('aria-label');
    const counts = [...histogram.matchAll(/(\d+) nucle(?:us|i) of /g)].map(([, count]) => Number(count));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      sorted.length,
    );
    assert.match(await textOf('#fact-time'), /^[\d,.]+ ms$/);
    assert.match(await textOf('#fact-backend'), /CPU/);
    assert.match(await textOf('#fact-model'), /nuclei/);
    assert.match(await textOf('header'), /no picture leaves it/);
    assert.match(await page.locator('#canvas').getAttribute('aria-label'), /^Example.*\d+ nuclei outlined$/);
  });

  test('says of the test network that it means nothing', async () => {
    assert.equal(await page.locator('#reference').isVisible(), false);
    await page.locator('#network').selectOption('reference');
    await page.locator('#reference').waitFor();
    await done(page);
    assert.match(await textOf('#reference'), /labels and shapes mean\s+nothing/);
    assert.match(await textOf('#count'), /^\d+ objects$/);
  });

  test('the slider redraws without running the network', async () => {
    const [before, list, requests, time] = [
      await shown(),
      await count(),
      stand.server.requests.length,
      await textOf('#fact-time'),
    ];
    await page.locator('#threshold').fill('5');
    assert.ok((await count()) > list);
    assert.notEqual(await shown(), before);
    await page.locator('#threshold').fill('95');
    assert.match(await textOf('#status'), /^\d+ of \d+ nuclei score above 95 %\.$/);
    assert.equal(stand.server.requests.length, requests);
    assert.equal(await textOf('#fact-time'), time);
  });

  test('takes a picture that is dropped', async () => {
    await drop('tiny.png', await file('pictures/tiny.png'));
    await page.waitForFunction(() => document.querySelector('#fact-picture').textContent.includes('151 × 102'));
    await done(page);
  });

  test('takes a picture that is chosen, and one that is pasted', async () => {
    await page.locator('#picture').setInputFiles(new URL('pictures/grey.png', import.meta.url).pathname);
    await page.waitForFunction(() => document.querySelector('#fact-picture').textContent.includes('151 × 102'));
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(80, 60);
      canvas.getContext('2d').fillRect(10, 10, 30, 30);
      const transfer = new DataTransfer();
      transfer.items.add(new File([await canvas.convertToBlob()], 'pasted.png', { type: 'image/png' }));
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }));
    });
    await page.waitForFunction(() => document.querySelector('#fact-picture').textContent.includes('80 × 60'));
  });

  for (const kind of ['pth', 'safetensors']) {
    test(`takes a .${kind} that is dropped`, async () => {
      await drop(`my-own.${kind}`, await file(`../reference/micro.${kind}`));
      await page.waitForFunction(
        (name) => document.querySelector('#fact-model').textContent.includes(name),
        `my-own.${kind}`,
      );
      assert.equal(await page.locator('#network option:checked').textContent(), `my-own.${kind}`);
      assert.equal(await page.locator('#size').inputValue(), '512');
    });
  }

  test('takes another input size', async () => {
    const before = await shown();
    await page.locator('#size').selectOption('256');
    await page.waitForFunction(() => document.querySelector('#progress').hidden);
    await done(page);
    assert.equal(await page.locator('#size').inputValue(), '256');
    assert.notEqual(await shown(), before);
  });

  test('a damaged model is told in plain words, and the one before stays', async () => {
    await drop('broken.pth', Buffer.from('this is no model'));
    await page.locator('#error').waitFor();
    assert.match(await textOf('#error'), /This model file is damaged, or is no model/);
    await drop('tiny.png', await file('pictures/tiny.png'));
    await page.waitForFunction(() => document.querySelector('#fact-picture').textContent.includes('151 × 102'));
    assert.equal(await page.locator('#error').isVisible(), false);
  });

  test('what is no picture is told in plain words', async () => {
    await drop('letter.txt', Buffer.from('Dear network'));
    await page.locator('#error').waitFor();
    assert.match(await textOf('#error'), /letter\.txt is no picture/);
  });

  test('runs on WebGPU when it is asked to', async () => {
    // A software adapter would take minutes over the default model.
    await page.locator('#network').selectOption('reference');
    await page.locator('#reference').waitFor();
    await done(page);
    await page.locator('#backend').selectOption('webgpu');
    await page.waitForFunction(() => document.querySelector('#fact-backend').textContent === 'WebGPU');
  });

  test('works by keyboard alone', async () => {
    const reached = [];
    for (let presses = 0; presses < 8; presses++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => document.activeElement.id || document.activeElement.closest('li')?.localName),
      );
    }
    assert.deepEqual(reached.slice(0, 6), ['picture', 'model', 'threshold', 'network', 'backend', 'size']);
    assert.ok(reached.includes('li'));
    const before = await shown();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#list [aria-pressed=true]').count(), 1);
    assert.notEqual(await shown(), before);
  });

  test('every control has a name', async () => {
    for (const control of await page.locator('input, select, button, progress, output').all()) {
      const name = await control.evaluate((element) => {
        const { labels, ariaLabel, textContent } = element;
        const labelled = element.getAttribute('aria-labelledby');
        return (
          labels?.[0]?.textContent ??
          ariaLabel ??
          (labelled && document.getElementById(labelled).textContent) ??
          textContent
        );
      });
      assert.ok(name.trim().length > 1, await control.evaluate((element) => element.outerHTML));
    }
  });

  test('fits a phone', async () => {
    const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true });
    const { wide, canvas } = await phone.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      canvas: document.querySelector('#canvas').getBoundingClientRect().width,
    }));
    assert.ok(wide <= 390, `the page is ${wide} px wide`);
    assert.ok(canvas > 330, `the picture is ${canvas} px wide`);
    await phone.close();
  });

  test('says so when there is no WebGPU', async () => {
    await page.evaluate(() => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined }));
    await page.locator('#backend').selectOption('webgpu');
    await page.locator('#error').waitFor();
    assert.match(await textOf('#error'), /offers no WebGPU/);
    assert.equal(await page.locator('#backend').inputValue(), 'auto');
  });
});
