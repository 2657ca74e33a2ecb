import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './launch.mjs';
import { serve } from './server.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Packs the package as npm would publish it and unpacks it into a new folder, whose path is returned. */
export function install() {
  const folder = mkdtempSync(join(tmpdir(), 'maskrcnn-web-'));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: at('../../pkg') });
  execFileSync('tar', ['-xzf', join(folder, packed.toString().trim().split('\n').at(-1)), '-C', folder]);
  return folder;
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
  const places = {
    '/package/': installed,
    '/deep/down/': site,
    '/models/': at('../../models'),
    '/pictures/': at('pictures'),
    '/in-page.mjs': at('in-page.mjs'),
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
