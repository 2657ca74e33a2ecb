// Puts the demo site together in www/dist: static files that any host serves from any path.
import { cp, rm } from 'node:fs/promises';
import { rolldown } from 'rolldown';

const at = (path) => new URL(path, import.meta.url).pathname;
const site = at('../www/dist/');

await rm(site, { recursive: true, force: true });
const page = await rolldown({ input: at('../www/main.ts'), external: 'maskrcnn-web', tsconfig: at('tsconfig.json') });
await page.write({ file: `${site}main.js`, format: 'es', paths: { 'maskrcnn-web': './maskrcnn-web/index.js' } });
for (const file of ['index.html', 'style.css', 'icon.svg', 'example.jpg']) await cp(at(`../www/${file}`), site + file);
await cp(at('../models/reference-tiny.safetensors'), `${site}models/reference-tiny.safetensors`);
await cp(at('dist'), `${site}maskrcnn-web`, { recursive: true, filter: (path) => !path.endsWith('.d.ts') });
