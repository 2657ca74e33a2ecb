// Times the engine in Chromium: loading, the first and the next pictures, and each stage.
// node bench.mjs --site FOLDER [--weights FILE] [--reference FILE] [--backend webgpu|cpu]... [--runs N] [--json FILE]

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { readCase } from './reference.mjs';
import { serve } from './server.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    site: text,
    weights: text,
    reference: {
      ...text,
      default: fileURLToPath(new URL('../reference/tiny_ref_128.safetensors', import.meta.url)),
    },
    backend: { ...text, multiple: true, default: ['webgpu', 'cpu'] },
    runs: { ...text, default: '5' },
    json: text,
  },
});
if (!values.site) throw new Error('--site is missing');

const weights = values.weights ?? join(values.site, 'models/reference-tiny.safetensors');
const { rgba, ...picture } = await readCase(values.reference);
const server = await serve({ '/site/': values.site, '/weights': weights }, { '/picture': rgba });
const browser = await launch();
const report = [];
try {
  for (const backend of values.backend) report.push(await time(backend));
} finally {
  await browser.close();
  server.close();
}
if (values.json) await writeFile(values.json, JSON.stringify(report, null, 2));

/** Times one backend on a page of its own. */
async function time(backend) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.origin);
  const task = { ...picture, backend, runs: Number(values.runs) };
  const times = await page.evaluate(async ({ width, height, options, backend, runs }) => {
    const { Segmenter } = await import('/site/maskrcnn-web/index.js');
    const rgba = await (await fetch('/picture')).arrayBuffer();
    const picture = new ImageData(new Uint8ClampedArray(rgba), width, height);
    const timed = async (work) => {
      const start = performance.now();
      const value = await work();
      return [performance.now() - start, value];
    };
    const [load, segmenter] = await timed(() => Segmenter.load({ model: '/weights', backend, ...options }));
    const [first] = await timed(() => segmenter.segment(picture));
    const next = [];
    for (let run = 0; run < runs; run++) next.push((await timed(() => segmenter.segment(picture)))[0]);
    const stages = [];
    for (let run = 0; run < runs; run++) stages.push(await segmenter.profile(picture));
    segmenter.dispose();
    return { load, first, next, stages };
  }, task);
  await page.close();
  const stages = times.stages[0].map(({ stage }, i) => ({
    stage,
    milliseconds: median(times.stages.map((run) => run[i].milliseconds)),
  }));
  const row = { backend, load: times.load, first: times.first, next: median(times.next), stages };
  console.log(`\n${backend}, input of ${picture.options.minSize} px, median of ${values.runs} runs`);
  console.table([
    ...[
      ['load the model', row.load],
      ['first picture', row.first],
      ['next pictures', row.next],
    ].map(([step, ms]) => ({ step, ms: Math.round(ms * 10) / 10 })),
    ...stages.map(({ stage, milliseconds }) => ({ step: `  ${stage}`, ms: Math.round(milliseconds * 10) / 10 })),
  ]);
  return row;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
