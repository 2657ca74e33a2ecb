import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { blocksOf } from '../chromium/examples.mjs';
import { launch } from '../chromium/launch.mjs';
import { serve } from '../chromium/server.mjs';
import { install } from '../chromium/setup.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where each bundler leaves the site. */
const SITES = { vite: 'dist', webpack: 'dist', next: 'out', esbuild: 'dist', frameworks: 'dist' };
/** Components for every framework, as the README shows them. */
const COMPONENTS = { 'Objects.tsx': 'tsx', 'Objects.vue': 'vue' };
/** Pages that the bundler leaves where they are. */
const COPIED = { webpack: ['index.html'], esbuild: ['index.html', 'file.html'] };
/** For pages with scripts in their HTML: an import map, or what Next.js puts there. */
const INLINE = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

let folder;
let browser;
before(async () => {
  folder = install();
  browser = await launch({ gpu: false });
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Installs the tarball into a new copy of a fixture and builds it; returns the site's folder. */
function build(name) {
  const app = join(folder, name);
  cpSync(at(name), app, { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  cpSync(at('page.mjs'), join(app, 'page.mjs'));
  if (name === 'frameworks') {
    for (const [file, language] of Object.entries(COMPONENTS)) {
      writeFileSync(join(app, file), blocksOf('pkg/README.md', language).join('\n'));
    }
  }
  if (name === 'esbuild') {
    cpSync(at('../../models/reference-tiny.safetensors'), join(app, 'model.safetensors'));
    cpSync(at('../chromium/pictures/tiny.png'), join(app, 'picture.png'));
  }
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  const npm = (...args) => execFileSync('npm', args, { cwd: app, env, stdio: ['ignore', 'ignore', 'inherit'] });
  npm('ci', '--no-audit', '--no-fund');
  npm('install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', join(folder, tarball));
  npm('run', 'build');
  for (const html of COPIED[name] ?? []) cpSync(join(app, html), join(app, SITES[name], html));
  rmSync(join(app, 'node_modules'), { recursive: true });
  return join(app, SITES[name]);
}

/** Writes the origin of a site into files that were built for a placeholder origin. */
function moveTo(site, origin) {
  for (const file of readdirSync(site, { recursive: true }).filter((file) => /\.(js|html)$/.test(file))) {
    const path = join(site, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('http://cdn.invalid', origin));
  }
}

/** Opens a site, whose page puts what it found into its title, or whose component writes it below the image. */
async function titleOf(places, settings, path = '/') {
  const data = { '/models/': at('../../models'), '/pictures/': at('../chromium/pictures') };
  const server = await serve({ ...data, ...places }, {}, settings);
  return outcomeOf(server.origin + path).finally(() => server.close());
}

async function outcomeOf(url) {
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  try {
    await page.goto(url);
    const found = await page.waitForFunction(
      () => {
        const texts = [document.title, document.querySelector('figcaption')?.textContent];
        return texts.find((text) => /^(found|failed)|objects$|Error/.test(text ?? ''));
      },
      undefined,
      { timeout: 120_000 },
    );
    return await found.jsonValue();
  } catch (error) {
    throw new Error(`${error}\n${problems.join('\n')}`);
  } finally {
    await page.close();
  }
}

describe('the packed package works', () => {
  for (const name of ['vite', 'webpack', 'next']) {
    test(`in a site built with ${name}`, async () => {
      const settings = name === 'next' ? { policy: INLINE } : {};
      assert.equal(await titleOf({ '/': build(name) }, settings), 'found 46');
    });
  }

  for (const name of ['vite', 'webpack']) {
    test(`in a page whose scripts, built with ${name}, come from another origin`, async () => {
      const scripts = join(folder, name, 'cdn');
      const cdn = await serve({ '/': scripts }, {}, { headers: { 'access-control-allow-origin': '*' } });
      moveTo(scripts, cdn.origin);
      const app = join(folder, name, 'app');
      mkdirSync(app);
      const html = readFileSync(join(name === 'vite' ? scripts : join(folder, name), 'index.html'), 'utf8');
      writeFileSync(join(app, 'index.html'), html.replace('src="main.js"', `src="${cdn.origin}/main.js"`));
      const policy = `script-src ${cdn.origin} 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self' ${cdn.origin}`;
      assert.equal(await titleOf({ '/': app }, { policy }), 'found 46');
      cdn.close();
    });
  }

  test('on a page without a bundler', async () => {
    const app = join(folder, 'bare');
    mkdirSync(app);
    cpSync(at('bare'), app, { recursive: true });
    cpSync(at('page.mjs'), join(app, 'bare/page.mjs'));
    cpSync(at('vite/main.js'), join(app, 'bare/main.js'));
    const places = { '/package/': join(folder, 'package/dist'), '/': app };
    assert.equal(await titleOf(places, { policy: INLINE }), 'found 46');
  });

  test('on a page with the README’s import map', async () => {
    const app = join(folder, 'mapped');
    mkdirSync(app);
    const html = blocksOf('pkg/README.md', 'html').join('\n');
    writeFileSync(join(app, 'index.html'), `<!doctype html>\n<title>loading</title>\n${html}`);
    cpSync(at('../chromium/pictures/nuclei-fluorescence.png'), join(app, 'cells.png'));
    const places = { '/maskrcnn-web/': join(folder, 'package'), '/': app };
    assert.equal(await titleOf(places, { policy: INLINE }), 'found 14');
  });

  describe('in the README’s components', () => {
    let site;
    before(() => {
      site = build('frameworks');
    });
    for (const framework of ['react', 'vue']) {
      test(`of ${framework}`, async () => {
        assert.equal(await titleOf({ '/': site }, {}, `/${framework}.html`), '14 objects');
      });
    }
  });

  describe('built with esbuild, which resolves neither worker nor wasm modules,', () => {
    let site;
    before(() => {
      site = build('esbuild');
    });

    test('when told where they are', async () => assert.equal(await titleOf({ '/': site }), 'found 46'));

    const ways = {
      'from `file:`, on the page’s thread': ['#page', /^found 46$/],
      'from `file:`, in a worker from a Blob': ['#worker', /^found 46$/],
      'or says what is missing: the worker': ['#unset', /MaskRcnnError: this bundle does not know where the worker/],
      'or says what is missing: the wasm module': ['#fetched', /MaskRcnnError: this bundle .*name it, `load\(\{ wasm/],
    };
    for (const [way, [hash, wanted]] of Object.entries(ways)) {
      test(way, async () => {
        assert.match(await outcomeOf(pathToFileURL(join(site, 'file.html')).href + hash), wanted);
      });
    }
  });
});
