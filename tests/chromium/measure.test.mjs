// The page that measures the visitor's device.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

const axe = createRequire(new URL('../../pkg/', import.meta.url)).resolve('axe-core');
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true };

/** Opens the page, and waits until it knows the device; errors and requests to other origins are recorded. */
async function open(stand, options = {}) {
  const context = await stand.browser.newContext({ serviceWorkers: 'block', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(`error: ${error}`));
  page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    const isOurs = protocol === 'blob:' || origin === stand.server.origin;
    if (!isOurs || request.method() !== 'GET') problems.push(`request: ${request.method()} ${request.url()}`);
  });
  await page.goto(`${stand.server.origin}/deep/down/measure.html`);
  await page.locator('#measure:enabled').waitFor();
  return {
    page,
    status: () => page.locator('#status').textContent(),
    says: (words) =>
      page.waitForFunction((words) => document.querySelector('#status').textContent.includes(words), words),
    report: async () => JSON.parse(await page.locator('#json').inputValue()),
    async violations() {
      await page.addScriptTag({ path: axe });
      const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('; ')}`);
    },
    async close() {
      await context.close();
      assert.deepEqual(problems, []);
    },
  };
}

describe('the page “Measure this device”, without a GPU,', () => {
  let stand;
  before(async () => {
    stand = await setUp({ gpu: false });
  });
  after(() => stand.tearDown());

  test('is found from the demo page', async () => {
    const page = await stand.browser.newPage({ serviceWorkers: 'block' });
    await page.goto(`${stand.server.origin}/deep/down/`);
    await page.locator('footer a').click();
    assert.equal(await page.title(), 'Measure this device: maskrcnn-web');
    await page.locator('nav a').click();
    await page.locator('#canvas').waitFor();
    await page.close();
  });

  test('measures the CPU by keyboard alone, sends nothing, and lets the figures be copied', async () => {
    const { page, says, report, close } = await open(stand);
    const focused = () => page.evaluate(() => document.activeElement.id);
    for (let presses = 0; presses < 5 && (await focused()) !== 'measure'; presses++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'stop');
    await says('run 2 of 4');
    assert.ok((await page.locator('#progress').evaluate(({ value }) => value)) > 0);
    await says('Done.');
    assert.equal(await focused(), 'measure');

    const { device, peakGflops, times, notMeasured } = await report();
    assert.equal(device.adapter, null);
    assert.deepEqual(peakGflops, {});
    assert.match(notMeasured.join(), /no adapter/);
    assert.match(await page.locator('#peak').textContent(), /Not measured.*no adapter/);
    assert.deepEqual(
      times.map(({ backend, dtype, side, objects, warm }) => [backend, dtype, side, objects, warm.length]),
      [
        ['cpu', 'f32', 512, 64, 3],
        ['cpu', 'f32', 1024, 256, 3],
      ],
    );
    assert.ok(times.every(({ load, first, warm }) => [load, first, ...warm].every((time) => time > 0)));
    assert.equal(await page.locator('#times tr').count(), 2);
    const gflop = times.map(({ stages }) => stages.find(({ stage }) => stage === 'whole').operations / 1e9);
    // Four times the pixels, and more objects.
    assert.ok(gflop[0] > 10 && gflop[1] > 3 * gflop[0], String(gflop));
    const cells = await page.locator('#times tr').first().locator('td').allTextContents();
    const head = await page.locator('#table thead th').allTextContents();
    // No peak is measured on the CPU.
    assert.equal(cells[head.indexOf('Of the peak') - 1], '–');

    await page.locator('#copy').click();
    await says('Copied.');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await page.locator('#json').inputValue());
    await close();
  });

  test('selects the figures where the browser does not let it copy', async () => {
    const { page, says, close } = await open(stand);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await page.locator('#measure').click();
    await page.locator('#times tr').first().waitFor();
    await page.locator('#stop').click();
    await says('Stopped.');
    await page.locator('#copy').click();
    await says('The text is selected');
    const selected = await page.evaluate(() => getSelection().toString());
    assert.equal(selected, await page.locator('#json').inputValue());
    await close();
  });

  test('stops at a press of its button, and begins again', async () => {
    const { page, status, says, close } = await open(stand);
    await page.locator('#measure').click();
    await says('run 1 of 4');
    await page.locator('#stop').click();
    await says('Stopped.');
    assert.equal(await page.locator('#error').isVisible(), false);
    assert.equal(await page.locator('#stop').isVisible(), false);
    await page.locator('#measure').click();
    await says('run 1 of 4');
    assert.doesNotMatch(await status(), /Stopped/);
    await page.locator('#stop').click();
    await says('Stopped.');
    await close();
  });

  test('says what went wrong', async () => {
    const { page, says, close } = await open(stand);
    await page.route('**/models/nuclei/*', (route) => route.fulfill({ body: '<!doctype html>' }));
    await page.locator('#measure').click();
    await says('That did not work.');
    assert.match(await page.locator('#error').textContent(), /damaged, or is not a model.*HTML page/);
    await close();
  });

  for (const [name, options] of Object.entries({
    light: { colorScheme: 'light' },
    dark: { colorScheme: 'dark' },
    'on a phone': PHONE,
  })) {
    test(`is accessible, ${name}: axe finds no violation, before and after`, async () => {
      const { page, says, violations, close } = await open(stand, { bypassCSP: true, ...options });
      assert.deepEqual(await violations(), []);
      await page.locator('#measure').click();
      await page.locator('#times tr').first().waitFor();
      await page.locator('#stop').click();
      await says('Stopped.');
      assert.deepEqual(await violations(), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px too wide`);
      await close();
    });
  }
});

describe('the page “Measure this device”, with a software adapter,', () => {
  let stand;
  before(async () => {
    stand = await setUp();
  });
  after(() => stand.tearDown());

  test('names the adapter, and leaves WebGPU out unless it is asked for', async () => {
    const { page, says, report, close } = await open(stand);
    assert.match(await page.locator('#device').textContent(), /swiftshader.*in software/);
    await page.locator('#measure').click();
    await page.locator('#times tr').first().waitFor();
    await page.locator('#stop').click();
    await says('Stopped.');
    const { device, peakGflops, notMeasured } = await report();
    assert.ok(device.adapter.isSoftware);
    assert.deepEqual(peakGflops, {});
    assert.match(notMeasured.join(), /its adapter is software/);
    await close();
  });

  test('measures its peak where it is asked for', async () => {
    const { page, says, report, close } = await open(stand);
    await page.locator('#software').check();
    await page.locator('#measure').click();
    await page.locator('#peak dd').waitFor();
    assert.match(await page.locator('#peak').textContent(), /Peak of the adapter, f32.*[1-9].*FLOP\/s/);
    await page.locator('#stop').click();
    await says('Stopped.');
    const { peakGflops, notMeasured } = await report();
    // Two processors or hundreds: it is neither nothing nor a GPU's.
    assert.ok(peakGflops.f32 > 0.1 && peakGflops.f32 < 20_000, `${peakGflops.f32} GFLOP/s`);
    assert.deepEqual(notMeasured, []);
    await close();
  });
});
