// This package and onnxruntime-web in one Chromium, in turns, on the same network and image.
// node against-onnxruntime.mjs --site FOLDER [--full FOLDER] [--rounds N] [--runs N] [--json FILE] [--markdown FILE]

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from '../tests/chromium/launch.mjs';
import { serve } from '../tests/chromium/server.mjs';
import { agreement } from './agreement.mjs';
import { gzipBytes } from './bytes.mjs';
import { ratiosOf, summary } from './summary.mjs';
import { table } from './table.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    site: text,
    full: text,
    rounds: { ...text, default: '3' },
    runs: { ...text, default: '5' },
    json: text,
    markdown: text,
  },
});
if (!values.site) throw new Error('--site is missing');
const [rounds, runs] = [Number(values.rounds), Number(values.runs)];

// A full-size network takes seconds an image, and a software adapter as much: fewer turns will do there.
const few = { rounds: Math.min(rounds, 2), runs: Math.min(runs, 3) };
const matches = [
  { name: 'tiny', backend: 'cpu', folder: at('tiny'), rounds, runs },
  { name: 'tiny', backend: 'webgpu', folder: at('tiny'), ...few },
];
if (values.full) {
  const folder = resolve(values.full);
  matches.push({ name: 'backbone', backend: 'cpu', folder, backbone: true, ...few });
  // Not of every network can all be had.
  if (existsSync(join(folder, 'full.onnx'))) matches.push({ name: 'v1', backend: 'cpu', folder, ...few });
}

const browser = await launch();
const results = [];
try {
  for (const match of matches) results.push(await play(match));
} finally {
  await browser.close();
}
const markdown = table(results);
console.log(`\n${markdown}`);
if (values.markdown) writeFileSync(values.markdown, `${markdown}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...ratiosOf(results), results }, null, 2)}\n`);

/** All rounds of one network on one backend; who begins changes from round to round. */
async function play({ name, backend, folder, backbone = false, rounds, runs }) {
  console.log(`${name}, ${backend}: ${rounds} rounds of ${runs} warm pictures a side`);
  const { weights, options, input } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const file = resolve(folder, weights);
  const paths = { weights: `/weights${file.slice(file.lastIndexOf('.'))}`, model: '/model', picture: '/picture' };
  const places = {
    '/site/': values.site,
    '/benches/': at('page/'),
    '/peer/': at('node_modules/onnxruntime-web/dist/'),
    [paths.weights]: file,
    [paths.model]: join(folder, backbone ? 'backbone.onnx' : 'full.onnx'),
    [paths.picture]: join(folder, 'picture.png'),
  };
  const played = [];
  const loaded = { ours: 0, peer: 0 };
  for (let index = 0; index < rounds; index++) {
    const server = await serve(places);
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(0);
      await page.goto(server.origin);
      const order = index % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours'];
      const task = { ...paths, backend, options, input, backbone, order, runs };
      const report = await page.evaluate(async (task) => (await import('/benches/page.mjs')).round(task), task);
      if (!backbone) agreement(report.ours.found, report.peer.found);
      played.push(report);
      loaded.ours = gzipBytes(server.requests, '/site/', values.site);
      loaded.peer = gzipBytes(server.requests, '/peer/', places['/peer/']);
    } finally {
      await context.close();
      server.close();
    }
  }
  return { name, backend, rounds, runs, ...summary(played, loaded) };
}
