import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup.mjs';
import { visit } from './site.mjs';

const axe = createRequire(new URL('../../pkg/', import.meta.url)).resolve('axe-core');
const STACK = fileURLToPath(new URL('../image/tiff/piximi_9z_1c_8b_shorter_3d_monolayer_xy1_ch0.tif', import.meta.url));
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true };

let stand;
before(async () => {
  stand = await setUp();
});
after(() => stand.tearDown());

/** The accessibility violations that axe-core finds on the page as it is now. */
async function violations(page) {
  await page.addScriptTag({ path: axe });
  const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('; ')}`);
}

describe('the demo page is accessible', () => {
  for (const [name, options] of Object.entries({
    light: { colorScheme: 'light' },
    dark: { colorScheme: 'dark' },
    'on a phone': { ...PHONE, colorScheme: 'light' },
  })) {
    test(`${name}: axe finds no violation`, async () => {
      const site = await visit(stand, { bypassCSP: true, ...options });
      assert.deepEqual(await violations(site.page), []);
      await site.drop('letter.txt', Buffer.from('Dear network'));
      await site.page.locator('#error').waitFor();
      assert.deepEqual(await violations(site.page), []);
      await site.close();
    });
  }

  test('with a stack, filters and an enlarged image: axe finds no violation', async () => {
    const site = await visit(stand, { bypassCSP: true });
    const { page } = site;
    await page.locator('#picture').setInputFiles(STACK);
    await site.sees('256 × 256');
    await site.done();
    await page.locator('#filters summary').click();
    await page.locator('#zoom-in').click();
    await page.locator('#z').waitFor();
    assert.deepEqual(await violations(page), []);
    await site.close();
  });

  test('fits a phone', async () => {
    const site = await visit(stand, PHONE);
    const { wide, canvas } = await site.page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      canvas: document.querySelector('#canvas').getBoundingClientRect().width,
    }));
    assert.ok(wide <= 390, `the page is ${wide} px wide`);
    assert.ok(canvas > 330, `the image is ${canvas} px wide`);
    await site.close();
  });

  test('works by keyboard alone', async () => {
    const site = await visit(stand);
    const { page } = site;
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.role);
    const reached = [];
    for (let presses = 0; presses < 25 && reached.at(-1) !== 'option'; presses++) {
      await page.keyboard.press('Tab');
      reached.push(await focused());
    }
    const wanted = ['picture', 'camera', 'network', 'zoom-in', 'channel', 'threshold', 'option'];
    assert.deepEqual(
      reached.filter((id) => wanted.includes(id)),
      wanted,
    );
    const highlight = () => page.locator('#canvas').getAttribute('data-highlight');
    assert.equal(await highlight(), '0');
    await page.keyboard.press('ArrowDown');
    assert.equal(await highlight(), '1');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#list [aria-selected=true]').count(), 1);
    await page.keyboard.press('Tab');
    assert.equal(await highlight(), '1');
    assert.equal(await focused(), 'backend');
    await site.close();
  });
});
