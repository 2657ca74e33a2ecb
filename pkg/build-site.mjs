// Puts the demo site together: static files that any host serves from any path.
// node build-site.mjs [FOLDER], by default www/dist

import { cp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const site = resolve(process.argv[2] ?? at('../www/dist'));

await rm(site, { recursive: true, force: true });
const page = await rolldown({ input: at('../www/main.ts'), external: 'maskrcnn-web', tsconfig: at('tsconfig.json') });
await page.write({ file: join(site, 'main.js'), format: 'es', paths: { 'maskrcnn-web': './maskrcnn-web/index.js' } });
for (const file of ['index.html', 'style.css', 'icon.svg', 'example.png']) {
  await cp(at(`../www/${file}`), join(site, file));
}
await cp(at('../models'), join(site, 'models'), { recursive: true });
await cp(at('dist'), join(site, 'maskrcnn-web'), { recursive: true, filter: (path) => !path.endsWith('.d.ts') });
