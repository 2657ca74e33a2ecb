import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { blocksOf } from '../chromium/examples.mjs';
import { serve } from '../chromium/server.mjs';
import { CELLS, setUp } from './stand.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** For pages with scripts in their HTML: an import map, or what Next.js puts there. */
const INLINE = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/** What pages say of each model, by how their address ends. */
const FOUND = { '/': 'found 46', '/#package': 'found 15', '/#everyday': 'found 1' };

let stand;
before(async () => {
  stand = await setUp();
});
after(() => stand?.tearDown());

/** Writes the origin of a site into files that were built for a placeholder origin. */
function moveTo(site, origin) {
  for (const file of readdirSync(site, { recursive: true }).filter((file) => /\.(js|html)$/.test(file))) {
    const path = join(site, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('http://cdn.invalid', origin));
  }
}

async function findsAll(places, settings) {
  for (const [path, found] of Object.entries(FOUND)) {
    assert.equal(await stand.titleOf(places, settings, path), found, path);
  }
}

describe('the packed package works', () => {
  for (const name of ['vite', 'webpack', 'next']) {
    test(`in a site built with ${name}`, async () => {
      const settings = name === 'next' ? { policy: INLINE } : {};
      const site = await stand.build(name);
      await findsAll({ '/': site }, settings);
    });
  }

  test('in a site that Next.js builds with webpack', async () => {
    const places = { '/': join(stand.folder, 'next/webpack') };
    await findsAll(places, { policy: INLINE });
  });

  for (const name of ['vite', 'webpack']) {
    test(`in a page whose scripts, built with ${name}, come from another origin`, async () => {
      const scripts = join(stand.folder, name, 'cdn');
      const cdn = await serve({ '/': scripts }, {}, { headers: { 'access-control-allow-origin': '*' } });
      moveTo(scripts, cdn.origin);
      const app = join(stand.folder, name, 'app');
      mkdirSync(app);
      const html = readFileSync(join(name === 'vite' ? scripts : join(stand.folder, name), 'index.html'), 'utf8');
      writeFileSync(join(app, 'index.html'), html.replace('src="main.js"', `src="${cdn.origin}/main.js"`));
      const policy = `script-src ${cdn.origin} 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self' ${cdn.origin}`;
      await findsAll({ '/': app }, { policy });
      cdn.close();
    });
  }

  test('on a page without a bundler', async () => {
    const app = join(stand.folder, 'bare');
    mkdirSync(app);
    cpSync(at('bare'), app, { recursive: true });
    cpSync(at('page.mjs'), join(app, 'bare/page.mjs'));
    cpSync(at('vite/main.js'), join(app, 'bare/main.js'));
    const [nuclei, everyday] = ['nuclei', 'everyday'].map((name) => join(stand.folder, `maskrcnn-web-${name}`));
    const installed = join(stand.folder, 'package/dist');
    const places = { '/package/': installed, '/nuclei/': nuclei, '/everyday/': everyday, '/': app };
    await findsAll(places, { policy: INLINE });
  });

  test('on a page with the README’s import map', async () => {
    const app = join(stand.folder, 'mapped');
    mkdirSync(app);
    const html = blocksOf('pkg/README.md', 'html').join('\n');
    writeFileSync(join(app, 'index.html'), `<!doctype html>\n<title>loading</title>\n${html}`);
    cpSync(CELLS, join(app, 'cells.png'));
    const nuclei = join(stand.folder, 'maskrcnn-web-nuclei');
    const places = { '/maskrcnn-web/': join(stand.folder, 'package'), '/maskrcnn-web-nuclei/': nuclei, '/': app };
    assert.equal(await stand.titleOf(places, { policy: INLINE }), 'found 15');
  });

  describe('in the README’s components', () => {
    let site;
    before(async () => {
      site = await stand.build('frameworks');
    });
    for (const framework of ['react', 'vue']) {
      test(`of ${framework}`, async () => {
        assert.equal(await stand.titleOf({ '/': site }, {}, `/${framework}.html`), '15 objects');
      });
    }
  });

  describe('built with esbuild, which resolves neither worker nor wasm modules,', () => {
    let site;
    before(async () => {
      site = await stand.build('esbuild');
    });

    test('when told where they are', async () => assert.equal(await stand.titleOf({ '/': site }), 'found 46'));

    test('with a model’s weights copied beside the script', async () => {
      assert.equal(await stand.titleOf({ '/': site }, {}, '/#package'), 'found 15');
    });

    const ways = {
      'from `file:`, on the page’s thread': ['#page', /^found 46$/],
      'from `file:`, in a worker from a Blob': ['#worker', /^found 46$/],
      'from `file:`, with the weights of a model’s package in the script': ['#package', /^found 15$/],
      'or says what is missing: the weights': [
        '#package-fetched',
        /MaskRcnnError: .*the weights of 'nuclei' are not found/,
      ],
      'or says what is missing: the worker': ['#unset', /MaskRcnnError: this bundle does not know where the worker/],
      'or says what is missing: the wasm module': ['#fetched', /MaskRcnnError: this bundle .*name it, `load\(\{ wasm/],
    };
    for (const [way, [hash, wanted]] of Object.entries(ways)) {
      test(way, async () => {
        assert.match(await stand.outcomeOf(pathToFileURL(join(site, 'file.html')).href + hash), wanted);
      });
    }
  });
});
