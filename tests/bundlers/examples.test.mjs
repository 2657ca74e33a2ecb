// The examples for the web: each is installed with the packed package, built, and opened.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { modelPackages } from '../../pkg/model-packages.mjs';
import { launch } from '../chromium/launch.mjs';
import { serve } from '../chromium/server.mjs';
import { install } from '../chromium/setup.mjs';
import { npm } from './npm.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CELLS = 'tests/chromium/pictures/nuclei-fluorescence.png';
const PERSON = 'tests/chromium/pictures/astronaut.jpg';
/** An import map is a script in the page. */
const INLINE = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
const CAMERA = { width: 640, height: 480 };

let folder;
let browser;
const servers = [];
before(async () => {
  folder = install();
  // As this repository, with the packed package in the place of its sources: the examples name it by its folder.
  renameSync(join(folder, 'package'), join(folder, 'pkg'));
  const isSource = (path) => !['node_modules', 'dist', 'public', 'target'].includes(basename(path));
  for (const path of ['examples', CELLS]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true, filter: isSource });
  }
  execFileSync('node', [join(ROOT, 'pkg/build-models.mjs'), '--out', join(folder, 'built')]);
  for (const { name, variable } of modelPackages()) {
    mkdirSync(join(folder, 'models', variable), { recursive: true });
    renameSync(join(folder, 'built', name), join(folder, 'models', variable, 'dist'));
  }
  const film = join(folder, 'camera.y4m');
  writeFileSync(film, await filmOf(join(ROOT, PERSON), CAMERA));
  browser = await launch({
    gpu: false,
    flags: [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    ],
  });
});
after(async () => {
  await browser?.close();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** A film in which nothing moves, for the fake camera: an image in grey at a size, in the YUV4MPEG2 format. */
async function filmOf(image, { width, height }) {
  const server = await serve({ '/image': image });
  const chromium = await launch({ gpu: false });
  const page = await chromium.newPage();
  await page.goto(server.origin);
  const rgba = await page.evaluate(
    async ({ width, height }) => {
      const bitmap = await createImageBitmap(await (await fetch('/image')).blob());
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.drawImage(bitmap, 0, 0, width, height);
      return Array.from(context.getImageData(0, 0, width, height).data);
    },
    { width, height },
  );
  await chromium.close();
  server.close();
  // Green is near enough to the brightness, and grey has a neutral chroma.
  const luma = Buffer.from(rgba.filter((_, i) => i % 4 === 1));
  const chroma = Buffer.alloc((width * height) / 2, 128);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F5:1 C420\nFRAME\n`), luma, chroma]);
}

/** Installs and builds an example, and opens what there is then in one of its folders. */
async function open(name, site, settings = {}) {
  const example = join(folder, 'examples', name);
  await npm(example, 'ci', '--no-audit', '--no-fund', '--prefer-offline');
  await npm(example, 'run', 'build');
  const server = await serve({ '/models/': join(folder, 'models/'), '/': join(example, site) }, {}, settings);
  servers.push(server);
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(server.origin);
  return {
    page,
    /** Waits until the page's status says that. */
    says: (pattern) =>
      page
        .waitForFunction(
          (pattern) => new RegExp(pattern).test(document.querySelector('[role=status]')?.textContent),
          pattern.source,
          { timeout: 60_000 },
        )
        .catch(async (error) => {
          throw new Error(`${error}\n${await page.locator('body').innerText()}\n${problems.join('\n')}`);
        }),
    async close() {
      await page.close();
      assert.deepEqual(problems, []);
    },
  };
}

/** Brightness, 0 to 255, of every pixel of the page's canvas. */
const pixelsOf = (page) =>
  page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return Array.from(data.filter((_, i) => i % 4 === 1));
  });

describe('the example', () => {
  test('web-vanilla finds what is in its image and in another', async () => {
    const example = await open('web-vanilla', '.', { policy: INLINE });
    await example.says(/^15 objects$/);
    assert.ok((await pixelsOf(example.page)).some((level) => level > 0));
    await example.page.locator('input').setInputFiles(join(ROOT, 'tests/chromium/pictures/nuclei-stained.png'));
    await example.says(/^(?!15 )\d+ objects$/);
    await example.close();
  });

  test('react lists what is in its image, and shows which object is meant', async () => {
    const example = await open('react', 'dist');
    await example.says(/^15 objects$/);
    const items = example.page.locator('li');
    assert.equal(await items.count(), 15);
    const before = await pixelsOf(example.page);
    await items.first().hover();
    assert.equal(await example.page.locator('li.highlight').count(), 1);
    assert.notDeepEqual(await pixelsOf(example.page), before);
    await example.close();
  });

  test('camera-privacy-blur shows the camera’s frames with people blurred, and stops', async () => {
    const example = await open('camera-privacy-blur', 'dist');
    await example.page.locator('#start').click();
    await example.says(/^\d+ blurred/);
    assert.ok(Number.parseInt(await example.page.locator('#status').textContent(), 10) > 0);
    assert.ok((await pixelsOf(example.page)).some((level) => level > 0));
    await example.page.locator('#stop').click();
    await example.says(/^Stopped/);
    assert.ok((await pixelsOf(example.page)).every((level) => level === 0));
    await example.page.goto(new URL('?model=models/everyday/dist/manifest.json', example.page.url()).href);
    await example.page.locator('#start').click();
    await example.says(/^\d+ blurred/);
    await example.close();
  });
});
