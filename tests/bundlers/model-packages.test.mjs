// Packages that hold models, after `npm install` and nothing else: with a development server, without a connection, in Node.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { serve } from '../chromium/server.mjs';
import { npm } from './npm.mjs';
import { CELLS, foundOn, setUp } from './stand.mjs';

const { rolldown } = createRequire(new URL('../../pkg/', import.meta.url))('rolldown');

/** Keeps all files of an application when it is installed, and answers with them. */
const SERVICE_WORKER = `
  self.addEventListener('install', (event) => event.waitUntil(caches.open('app').then((cache) => cache.addAll(FILES))));
  self.addEventListener('fetch', (event) => {
    event.respondWith(caches.open('app').then(async (cache) => (await cache.match(event.request)) ?? fetch(event.request)));
  });
`;

let stand;
let app;
before(async () => {
  stand = await setUp();
  app = await stand.app('vite');
  cpSync(CELLS, join(app, 'public/pictures/nuclei-fluorescence.png'));
});
after(() => stand?.tearDown());

/** Starts Vite's development server, and returns its address. */
async function develop() {
  const server = spawn('node', ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1'], {
    cwd: app,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let said = '';
  for await (const chunk of server.stdout) {
    said += chunk;
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(said) ?? [];
    if (port) return { origin: `http://127.0.0.1:${port}`, close: () => server.kill() };
  }
  throw new Error(`Vite did not start: ${said}`);
}

test('the model is found by Vite’s development server', async () => {
  const server = await develop();
  assert.equal(await stand.outcomeOf(`${server.origin}/#package`).finally(server.close), 'found 15');
});

test('the model is found where nothing is: the connection is gone, and a service worker kept the application', async () => {
  await npm(app, 'exec', '--', 'vite', 'build');
  const site = join(app, 'dist');
  const files = readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(site.length));
  assert.equal(paths.filter((path) => path.endsWith('.safetensors')).length, 2, paths.join());
  writeFileSync(join(site, 'sw.js'), `const FILES = ${JSON.stringify(['/', ...paths])};${SERVICE_WORKER}`);
  const server = await serve({ '/': site });
  const page = await stand.page();
  await page.goto(server.origin);
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/sw.js');
    await navigator.serviceWorker.ready;
  });
  server.close();
  // The address below differs in its hash only, which loads nothing.
  await page.goto('about:blank');
  assert.equal(await foundOn(page, `${server.origin}/#package`), 'found 15');
  await page.close();
});

test('Rolldown deploys the model, with an option of its own', async () => {
  writeFileSync(
    join(app, 'uses-model.js'),
    "import nuclei from 'maskrcnn-web-nuclei';\nconsole.log(nuclei.weights[0]);\n",
  );
  const config = { input: 'uses-model.js', cwd: app, experimental: { resolveNewUrlToAsset: true } };
  const bundle = await (await rolldown(config)).generate();
  const assets = bundle.output.filter(({ type }) => type === 'asset').map(({ source }) => Buffer.from(source));
  assert.deepEqual(assets, [readFileSync(join(app, 'node_modules/maskrcnn-web-nuclei/nuclei.safetensors'))]);
});

test('a bundle has nothing of a model that it does not use', async () => {
  writeFileSync(join(app, 'unused.js'), "import nuclei from 'maskrcnn-web-nuclei';\nconsole.log('none');\n");
  const [chunk] = (await (await rolldown({ input: 'unused.js', cwd: app })).generate()).output;
  assert.doesNotMatch(chunk.code, /safetensors/);
});

test('Node has the model’s manifest, and the address of its weights', () => {
  const script = `
    import nuclei from 'maskrcnn-web-nuclei';
    const { default: manifest } = await import('maskrcnn-web-nuclei/manifest.json', { with: { type: 'json' } });
    console.log(JSON.stringify({ nuclei, manifest }));
  `;
  const output = execFileSync('node', ['--no-warnings', '--input-type=module', '--eval', script], { cwd: app });
  const { nuclei, manifest } = JSON.parse(output.toString());
  assert.deepEqual(nuclei.manifest, manifest);
  const [{ sha256 }] = manifest.weights;
  const found = nuclei.weights.map((url) =>
    createHash('sha256')
      .update(readFileSync(new URL(url)))
      .digest('hex'),
  );
  assert.deepEqual(found, [sha256]);
});
