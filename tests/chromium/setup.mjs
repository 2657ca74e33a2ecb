import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelPackages } from '../../pkg/model-packages.mjs';
import { launch } from './launch.mjs';
import { serve } from './server.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Packs the package as npm would publish it and unpacks it into a new folder, whose path is returned. */
export function install() {
  const folder = mkdtempSync(join(tmpdir(), 'maskrcnn-web-'));
  execFileSync('tar', ['-xzf', pack(at('../../pkg'), folder), '-C', folder]);
  return folder;
}

/** Makes the packages that hold models in a folder, each in one of its name. */
function buildModels(folder) {
  execFileSync('node', [at('../../pkg/build-models.mjs'), '--out', folder]);
}

/**
 * Packs the packages that hold models as npm would publish them, and unpacks each into a folder of its name.
 *
 * @returns {string[]} their tarballs
 */
export function installModels(folder) {
  const built = join(folder, 'built');
  buildModels(built);
  return modelPackages().map(({ name }) => {
    const tarball = pack(join(built, name), folder);
    mkdirSync(join(folder, name));
    execFileSync('tar', ['-xzf', tarball, '-C', join(folder, name), '--strip-components', '1']);
    return tarball;
  });
}

/** Packs a package, and returns the tarball's path. */
function pack(cwd, folder) {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd });
  return join(folder, packed.toString().trim().split('\n').at(-1));
}

/**
 * Starts a server with the packed package and with the demo page on top of it.
 *
 * @param {Record<string, Buffer>} bodies what else is served, by path
 * @param {Parameters<typeof serve>[2]} settings
 */
export async function host(bodies = {}, settings = {}) {
  const folder = install();
  const [installed, site] = [join(folder, 'package/dist'), join(folder, 'site')];
  execFileSync('node', [at('../../pkg/build-site.mjs'), site]);
  rmSync(join(site, 'maskrcnn-web'), { recursive: true });
  cpSync(installed, join(site, 'maskrcnn-web'), { recursive: true });
  buildModels(join(folder, 'packages'));
  const places = {
    '/package/': installed,
    '/packages/': join(folder, 'packages'),
    '/deep/down/': site,
    '/models/': at('../../models'),
    '/pictures/': at('pictures'),
    '/in-page.mjs': at('in-page.mjs'),
    '/drawing-in-page.mjs': at('drawing-in-page.mjs'),
    '/misuse.mjs': at('misuse.mjs'),
    '/benches/': at('../../benches/page/'),
  };
  const server = await serve(places, bodies, settings);
  return {
    server,
    tearDown() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * Starts Chromium and the server that it visits.
 *
 * @param {Parameters<typeof launch>[0]} options
 * @param {Parameters<typeof host>} hosted
 */
export async function setUp(options, ...hosted) {
  const { server, tearDown } = await host(...hosted);
  const browser = await launch(options);

  return {
    server,
    browser,
    /** An empty page with `in-page.mjs` as the global `t`. */
    async page() {
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      await page.goto(server.origin);
      await page.evaluate(async () => {
        globalThis.t = await import('/in-page.mjs');
      });
      return page;
    },
    async tearDown() {
      await browser.close();
      tearDown();
    },
  };
}

/** Fails unless the page soon has `count` workers; it takes a moment until the end of a worker is known. */
export async function workersLeft(page, count) {
  for (let tries = 0; page.workers().length !== count && tries < 100; tries++) await page.waitForTimeout(50);
  assert.equal(page.workers().length, count);
}
