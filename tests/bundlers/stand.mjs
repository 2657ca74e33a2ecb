// Sites built with the packed packages, and a browser that visits them.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf } from '../chromium/examples.mjs';
import { launch } from '../chromium/launch.mjs';
import { serve } from '../chromium/server.mjs';
import { install, installModels } from '../chromium/setup.mjs';
import { npm } from './npm.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where each bundler leaves the site. */
const SITES = { vite: 'dist', webpack: 'dist', next: 'turbopack', esbuild: 'dist', frameworks: 'dist' };
/** Components for every framework, as the README shows them. */
const COMPONENTS = { 'Objects.tsx': 'tsx', 'Objects.vue': 'vue' };
/** Pages that the bundler leaves where they are. */
const COPIED = { webpack: ['index.html'], esbuild: ['index.html', 'file.html'] };
/** Where the tests serve what they made; nothing else is ever asked. */
const SERVERS = ['127.0.0.1', 'localhost'];
/** An image in which the default model finds 15 nuclei. */
export const CELLS = at('../chromium/pictures/nuclei-fluorescence.png');

/** Packs the packages, as npm would publish them, and starts Chromium. */
export async function setUp() {
  const folder = install();
  const own = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  const tarballs = [...own.map((file) => join(folder, file)), ...installModels(folder)];
  const browser = await launch({ gpu: false });

  const stand = {
    /** A new folder, in which the packages are unpacked, too: `package` and, under their names, those with models. */
    folder,

    /** Installs the tarballs into a new copy of a fixture, which is returned. */
    async app(name) {
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
        cpSync(CELLS, join(app, 'cells.png'));
      }
      await npm(app, 'ci', '--no-audit', '--no-fund', '--prefer-offline');
      await npm(app, 'install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', ...tarballs);
      return app;
    },

    /** Installs the tarballs into a new copy of a fixture and builds it; returns the site's folder. */
    async build(name) {
      const app = await stand.app(name);
      await npm(app, 'run', 'build');
      for (const html of COPIED[name] ?? []) cpSync(join(app, html), join(app, SITES[name], html));
      rmSync(join(app, 'node_modules'), { recursive: true });
      return join(app, SITES[name]);
    },

    /** Opens a site, whose page puts what it found into its title, or whose component writes it below the image. */
    async titleOf(places, settings, path = '/') {
      const data = { '/models/': at('../../models'), '/pictures/': at('../chromium/pictures') };
      const server = await serve({ ...data, ...places }, {}, settings);
      return stand.outcomeOf(server.origin + path).finally(() => server.close());
    },

    /** Opens a page of its own, and waits for what it found. */
    async outcomeOf(url) {
      const page = await browser.newPage();
      return foundOn(page, url).finally(() => page.close());
    },

    /** A page that keeps what it stores until it is closed. */
    page: () => browser.newPage(),

    async tearDown() {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
  return stand;
}

/** Goes to an address and waits for what the page finds; fails if it asks anybody but the tests' servers. */
export async function foundOn(page, url) {
  const [problems, elsewhere] = [[], []];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && !SERVERS.includes(hostname)) elsewhere.push(request.url());
  });
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
    assert.deepEqual(elsewhere, []);
    return await found.jsonValue();
  } catch (error) {
    throw new Error(`${error}\n${problems.join('\n')}`);
  }
}
