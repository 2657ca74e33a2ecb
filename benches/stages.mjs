// Times the engine in Chromium: loading, whole calls and each stage, on the first image and on the next; and says how
// much memory whole calls take. The image is a file, else that of a reference.
// node stages.mjs --site FOLDER [--weights FILE] [--picture FILE [--min-size N] | --reference FILE]
//   [--backend webgpu|cpu|cpu-plain]... [--runs N] [--json FILE]
// On `cpu-plain` the engine has the module that others load, which are without relaxed SIMD.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from '../tests/chromium/launch.mjs';
import { serve } from '../tests/chromium/server.mjs';
import { readCase } from '../tests/reference/reference.mjs';
import { median } from './summary.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    site: text,
    weights: text,
    picture: text,
    'min-size': text,
    reference: {
      ...text,
      default: fileURLToPath(new URL('../tests/reference/tiny_ref_128.safetensors', import.meta.url)),
    },
    backend: { ...text, multiple: true, default: ['webgpu', 'cpu', 'cpu-plain'] },
    runs: { ...text, default: '3' },
    json: text,
  },
});
if (!values.site) throw new Error('--site is missing');

const weights = values.weights ?? join(values.site, 'models/reference-tiny.safetensors');
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const places = { '/site/': values.site, '/benches/': at('page/'), '/weights': weights };
let plain = false;
const bodies = { '/site/maskrcnn-web/wasm/maskrcnn_cpu_relaxed_bg.wasm': sendCpuModule };
const { server, task: picture } = await (values.picture ? fromFile(values.picture) : fromReference());
const browser = await launch();
const report = [];
try {
  for (const backend of values.backend) report.push(await time(backend));
} finally {
  await browser.close();
  server.close();
}
if (values.json) await writeFile(values.json, JSON.stringify(report, null, 2));

/** An image that the page decodes. */
async function fromFile(file) {
  const options = values['min-size'] ? { settings: { input: { minSize: Number(values['min-size']) } } } : {};
  return { server: await serve({ ...places, '/picture': file }, bodies), task: { options } };
}

/** The image that a reference was made of, as its bytes. */
async function fromReference() {
  const { rgba, ...task } = await readCase(values.reference);
  return { server: await serve(places, { ...bodies, '/picture': rgba }), task };
}

/** Both CPU modules have the same script, so either can be served in place of the other. */
async function sendCpuModule(_, response) {
  const name = plain ? 'maskrcnn_cpu' : 'maskrcnn_cpu_relaxed';
  const module = await readFile(join(values.site, `maskrcnn-web/wasm/${name}_bg.wasm`));
  response.setHeader('content-type', 'application/wasm').end(module);
}

/** Times one backend: whole calls by one engine and single stages by another, so that both have a cold start. */
async function time(backend) {
  plain = backend === 'cpu-plain';
  // Of its own, so that no module is in its cache yet.
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.origin);
  const task = { ...picture, backend: plain ? 'cpu' : backend, runs: Number(values.runs) };
  const measured = await page.evaluate(async ({ width, height, options, backend, runs }) => {
    const { counts, lastWorker } = await import('/benches/meters.mjs');
    const { readPicture } = await import('/benches/page.mjs');
    const { Segmenter } = await import('/site/maskrcnn-web/index.js');
    const { profile } = await import('/site/maskrcnn-web/debug.js');
    const bytes = async () => new Uint8ClampedArray(await (await fetch('/picture')).arrayBuffer());
    const picture = width ? new ImageData(await bytes(), width, height) : await readPicture('/picture');
    const timed = async (work) => {
      const start = performance.now();
      await work();
      return performance.now() - start;
    };
    let segmenter;
    const open = async () => {
      segmenter?.dispose();
      segmenter = await Segmenter.load({ model: '/weights', backend, ...options });
    };
    const load = await timed(open);
    const calls = [];
    for (let run = 0; run <= runs; run++) calls.push(await timed(() => segmenter.segment(picture)));
    const memory = await counts(lastWorker());
    await open();
    const profiles = [];
    for (let run = 0; run <= runs; run++) profiles.push(await profile(segmenter, picture));
    segmenter.dispose();
    return { load, calls, profiles, memory, width: picture.width, height: picture.height };
  }, task);
  await context.close();
  const { load, calls, profiles, memory, width, height } = measured;

  const row = (step, [cold, ...warm]) => ({ step, cold, warm: warm.length > 0 ? median(warm) : null });
  const steps = [
    row('load the model', [load]),
    row('segment a picture', calls),
    ...profiles[0].map(({ stage }, i) =>
      row(
        stage,
        profiles.map((profile) => profile[i].milliseconds),
      ),
    ),
  ];
  const { options } = picture;
  const size = options.settings?.input.minSize ?? 800;
  console.log(`\n${backend}: a picture of ${width}×${height} at ${size} px, ms; warm: median of ${values.runs}`);
  const rounded = (ms) => (ms === null ? '' : Math.round(ms * 10) / 10);
  console.table(steps.map(({ step, cold, warm }) => ({ step, cold: rounded(cold), warm: rounded(warm) })));
  const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
  const { wasmPeakBytes, gpuPeakBytes } = memory;
  const onGpu = backend === 'webgpu' ? `, buffers on the GPU: ${megabytes(gpuPeakBytes)}` : '';
  console.log(`Peak memory of wasm: ${megabytes(wasmPeakBytes)}${onGpu}`);
  return { backend, width, height, minSize: size, steps, wasmPeakBytes, gpuPeakBytes };
}
