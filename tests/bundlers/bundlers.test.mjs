import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from '../browser/browser.mjs';
import { serve } from '../browser/server.mjs';
import { install } from '../browser/setup.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where each bundler leaves the site. */
const SITES = { vite: 'dist', webpack: 'dist', next: 'out' };
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
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  const npm = (...args) => execFileSync('npm', args, { cwd: app, env, stdio: ['ignore', 'ignore', 'inherit'] });
  npm('ci', '--no-audit', '--no-fund');
  npm('install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', join(folder, tarball));
  npm('run', 'build');
  if (name === 'webpack') cpSync(join(app, 'index.html'), join(app, 'dist/index.html'));
  rmSync(join(app, 'node_modules'), { recursive: true });
  return join(app, SITES[name]);
}

/** Opens a site, whose page puts what it found into its title. */
async function titleOf(places, settings) {
  const data = { '/models/': at('../../models'), '/pictures/': at('../browser/pictures') };
  const server = await serve({ ...data, ...places }, {}, settings);
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  try {
    await page.goto(server.origin);
    await page.waitForFunction(() => /^(found|failed)/.test(document.title), undefined, { timeout: 120_000 });
    return await page.title();
  } catch (error) {
    throw new Error(`${error}\n${problems.join('\n')}`);
  } finally {
    await page.close();
    server.close();
  }
}

describe('the packed package works', () => {
  for (const name of Object.keys(SITES)) {
    test(`in a site built with ${name}`, async () => {
      const settings = name === 'next' ? { policy: INLINE } : {};
      assert.equal(await titleOf({ '/': build(name) }, settings), 'found 46');
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
});
