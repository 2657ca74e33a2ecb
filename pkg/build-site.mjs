// Puts the demo site together: static files that any host serves from any path.
// node build-site.mjs [FOLDER], by default www/dist

import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { modelPackages } from './model-packages.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const site = resolve(process.argv[2] ?? at('../www/dist'));
const ASSETS = /\.(html|css|svg|png|webmanifest)$/;

await rm(site, { recursive: true, force: true });
const PACKAGE = {
  'maskrcnn-web': './maskrcnn-web/index.js',
  'maskrcnn-web/debug': './maskrcnn-web/debug.js',
  'maskrcnn-web/tiff': './maskrcnn-web/tiff.js',
};
const external = Object.keys(PACKAGE);
const input = { main: at('../www/main.ts'), measure: at('../www/measure.ts') };
const pages = await rolldown({ input, external, tsconfig: at('tsconfig.json') });
await pages.write({ dir: site, format: 'es', paths: PACKAGE, chunkFileNames: 'shared.js' });
for (const file of await readdir(at('../www'))) {
  if (ASSETS.test(file)) await cp(at(`../www/${file}`), join(site, file));
}
/** The model that the page begins with. */
const FIRST = 'nuclei';
const models = ['reference-tiny.safetensors'];
const onDemand = [];
for (const { folder, variable } of modelPackages()) {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const weights = manifest.weights.map(({ file }) => `${variable}/${file}`);
  models.push(`${variable}/manifest.json`, ...weights);
  if (variable !== FIRST) onDemand.push(...weights.map((file) => `models/${file}`));
}
for (const file of models) await cp(at(`../models/${file}`), join(site, 'models', file));
await cp(at('dist'), join(site, 'maskrcnn-web'), { recursive: true, filter: (path) => !path.endsWith('.d.ts') });

// Last, because it knows every other file by its content.
const files = {};
for (const entry of await readdir(site, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = join(entry.parentPath, entry.name);
  // Some hosts redirect `index.html` to its folder, which is what visitors open anyway.
  const path = relative(site, file)
    .split(sep)
    .join('/')
    .replace(/^index\.html$/, '');
  files[path] = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
const worker = await rolldown({ input: at('../www/service-worker.ts'), tsconfig: at('tsconfig.service-worker.json') });
await worker.write({
  file: join(site, 'service-worker.js'),
  format: 'iife',
  banner: `const FILES = ${JSON.stringify(files, null, 2)};\nconst ON_DEMAND = ${JSON.stringify(onDemand)};`,
});
