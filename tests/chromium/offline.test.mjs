import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';
import { file, visit } from './site.mjs';

let stand;
let site;
before(async () => {
  stand = await setUp();
  site = await visit(stand, { serviceWorkers: 'allow' });
  await site.page.locator('#offline').waitFor();
});
after(() => stand.tearDown());

describe('the demo page on its own', () => {
  test('sends nothing: once it is loaded, an image makes no request', async () => {
    assert.match(await site.textOf('#private'), /Nothing is sent/);
    const policy = await site.page.locator('meta[http-equiv]').getAttribute('content');
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /connect-src 'self';/);
    assert.match(policy, /form-action 'none'/);

    const requests = [];
    site.page.context().on('request', (request) => requests.push(request.url()));
    const served = stand.server.requests.length;
    await site.drop('tiny.png', await file('pictures/tiny.png'));
    await site.sees(TINY.size);
    await site.done();
    assert.deepEqual(requests, []);
    assert.deepEqual(stand.server.requests.slice(served), []);
  });

  test('can be installed', async () => {
    const { origin } = stand.server;
    const manifest = await (await fetch(`${origin}/deep/down/site.webmanifest`)).json();
    assert.equal(manifest.display, 'standalone');
    assert.ok(manifest.icons.some(({ purpose }) => purpose === 'maskable'));
    for (const { src, type, sizes } of manifest.icons) {
      const icon = await fetch(`${origin}/deep/down/${src}`);
      assert.equal(icon.headers.get('content-type'), type === 'image/svg+xml' ? 'image/svg+xml' : 'image/png');
      if (type !== 'image/png') continue;
      const header = Buffer.from(await icon.arrayBuffer());
      assert.equal(sizes, `${header.readUInt32BE(16)}x${header.readUInt32BE(20)}`);
    }
    const devtools = await site.page.context().newCDPSession(site.page);
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
    // A window in private mode cannot install anything, whatever the page.
    assert.deepEqual(
      installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
      [],
    );
  });

  const chooseEveryday = async () => {
    await site.page.locator('#network').selectOption('everyday');
    await site.page.locator('#everyday').waitFor();
    await site.done();
  };

  test('keeps the weights of another model once that is used', async () => {
    const fetched = () => stand.server.requests.filter((path) => path.endsWith('everyday.safetensors')).length;
    assert.equal(fetched(), 0);
    await chooseEveryday();
    assert.equal(fetched(), 1);
  });

  test('works without a server after the first visit', async () => {
    stand.server.close();
    await site.page.reload();
    await site.done();
    assert.match(await site.textOf('#count'), /^\d+ nuclei$/);
    await chooseEveryday();
    await site.page.locator('#network').selectOption('nuclei');
    await site.page.locator('#everyday').waitFor({ state: 'hidden' });
    await site.drop('tiny.png', await file('pictures/tiny.png'));
    await site.sees(TINY.size);
    await site.done();

    // Neither the reader of TIFFs nor the module that measures was needed before.
    await site.drop('nuclei.tif', await file('../image/tiff/BBBC007_A9_p7d.tif'));
    await site.sees('340 × 340');
    await site.done();
    const saved = site.page.waitForEvent('download');
    await site.page.locator('[data-format=csv]').click();
    const [head, ...rows] = (await readFile(await (await saved).path())).toString().trim().split(/\r?\n/);
    assert.match(head, /circularity/);
    assert.equal(rows.length, await site.count());

    await site.page.locator('footer a').click();
    await site.page.locator('#measure:enabled').waitFor();
    await site.close();
  });
});
