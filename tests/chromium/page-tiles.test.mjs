import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';
import { visit } from './site.mjs';

/** Longer than what the model takes at once by so much that several tiles are needed. */
const SIZE = { width: 4000, height: 200 };

let stand;
let site;
let page;
before(async () => {
  stand = await setUp();
  site = await visit(stand);
  page = site.page;
});
after(async () => {
  await site.close();
  stand.tearDown();
});

/** Drops an image of nuclei, many beside each other, and records what the page says of it. */
async function drop() {
  await page.evaluate(async ({ width, height }) => {
    const response = await fetch('/pictures/nuclei-fluorescence.png');
    const nuclei = await createImageBitmap(await response.blob());
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    for (let x = 0; x < width; x += nuclei.width) context.drawImage(nuclei, x, 0);
    const transfer = new DataTransfer();
    transfer.items.add(new File([await canvas.convertToBlob()], 'slide.png'));
    globalThis.said = [];
    globalThis.listening = new MutationObserver(() => {
      const said = document.querySelector('#status').textContent;
      const objects = Number.parseInt(document.querySelector('#count').textContent, 10) || 0;
      globalThis.said.push({ said, objects });
      if (globalThis.stopAt && said.startsWith(globalThis.stopAt)) document.querySelector('#stop').click();
    });
    globalThis.listening.observe(document.querySelector('#status'), {
      childList: true,
      characterData: true,
      subtree: true,
    });
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
  }, SIZE);
  await page.waitForFunction(() => document.querySelector('#canvas').ariaLabel === 'slide.png');
}

const tilesSaid = (said) => said.map(({ said }) => /^(\d+) of (\d+) tiles done…$/.exec(said)).filter(Boolean);

describe('an image that is larger than the model’s input', () => {
  test('is taken in tiles, whose objects appear as they are found', async () => {
    await drop();
    await site.done();
    const said = await page.evaluate(() => globalThis.said);
    const tiles = tilesSaid(said);
    const total = Number(tiles[0][2]);
    assert.ok(total >= 3, `${total} tiles`);
    assert.deepEqual(
      tiles.map(([, done]) => Number(done)),
      Array.from({ length: total }, (_, index) => index + 1),
    );
    const counts = said.filter(({ said }) => said.includes('tiles done')).map(({ objects }) => objects);
    const found = Number.parseInt((await site.textOf('#count')).replace(',', ''), 10);
    assert.ok(
      counts.some((count) => count > 0 && count < found),
      `${counts} before ${found}`,
    );
    assert.match(await site.textOf('#fact-picture'), /4000 × 200 px/);
    // The model has objects of one diameter, which is estimated.
    assert.match(await site.textOf('#fact-scale'), /^\d+ %, for objects of \d+(\.\d)? px$/);
    assert.match(await site.textOf('#fact-tiles'), new RegExp(`^${total} of \\d+ px, \\d+ px of overlap$`));
    assert.equal(await page.locator('#stop').isVisible(), false);
  });

  test('is not followed on its way through the network', async () => {
    await page.locator('#tab-inside').click();
    await page.waitForFunction(() => /in \d+ tiles/.test(document.querySelector('#inside-status').textContent));
    assert.equal(await page.locator('#inside-figures').isVisible(), false);
    await page.locator('#tab-find').click();
    await site.done();
  });

  test('keeps what is done when it is stopped', async () => {
    const all = await site.count();
    await page.evaluate(() => {
      globalThis.listening.disconnect();
      globalThis.stopAt = '1 of';
    });
    await drop();
    await page.waitForFunction(() =>
      /Stopped after \d+ of \d+ tiles\.$/.test(document.querySelector('#status').textContent),
    );
    const count = await site.count();
    assert.ok(count > 0 && count < all, `${count} of ${all}`);
    assert.equal(await page.locator('[data-format=png]').isEnabled(), true);
    assert.equal(await page.locator('#progress').isVisible(), false);
  });
});
