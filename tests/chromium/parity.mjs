// Runs a reference case through the engine in Chromium and writes every stage to a safetensors file.
// node parity.mjs --site FOLDER --weights FILE --reference FILE --out FILE [--backend webgpu|cpu]

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readCase } from '../reference/reference.mjs';
import { encode } from '../reference/safetensors.mjs';
import { launch } from './launch.mjs';
import { serve } from './server.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  options: { site: text, weights: text, reference: text, out: text, backend: { ...text, default: 'webgpu' } },
});
for (const name of ['site', 'weights', 'reference', 'out']) {
  if (!values[name]) throw new Error(`--${name} is missing`);
}

const { rgba, ...image } = await readCase(values.reference);
const server = await serve({ '/site/': values.site, '/weights': values.weights }, { '/picture': rgba });
const browser = await launch();
try {
  const page = await browser.newPage();
  await page.goto(server.origin);
  const task = { ...image, backend: values.backend };
  const stages = await page.evaluate(async ({ width, height, options, backend }) => {
    const { Segmenter } = await import('/site/maskrcnn-web/index.js');
    const segmenter = await Segmenter.load({ model: '/weights', backend, ...options });
    const rgba = await (await fetch('/picture')).arrayBuffer();
    const image = new ImageData(new Uint8ClampedArray(rgba), width, height);
    const { stages } = (await segmenter.segment(image, { inspect: true })).inspection;
    // The numbers go by HTTP: a full-size network's are too many for the debugger's protocol.
    for (const { name, data } of stages) await fetch(`/receive/${name}`, { method: 'POST', body: data });
    return stages.map(({ name, shape, data }) => ({ name, shape: [...shape], whole: data instanceof Int32Array }));
  }, task);
  const tensors = stages.map(({ name, shape, whole }) => {
    const { buffer } = Uint8Array.from(server.received.get(name));
    return { name, shape, data: whole ? new Int32Array(buffer) : new Float32Array(buffer) };
  });
  await writeFile(values.out, encode(tensors, { backend: values.backend }));
  console.log(`${tensors.length} stages from ${values.backend} are in ${values.out}.`);
} finally {
  await browser.close();
  server.close();
}
