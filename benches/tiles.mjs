// Times a large image that is cut into tiles in Chromium, beside the pieces that it was put together from, one by one and
// as a batch (`batchRatio`), and says how much memory it takes. With --slide, a synthetic TIFF of 20,000×20,000 pixels, most of it empty, instead.
// node tiles.mjs (--image FILE [--pieces FOLDER] | --slide [--side N] [--filled SHARE])
//   [--backend cpu|webgpu] [--workers N]... [--package FOLDER] [--seconds N]
//   [--diameter auto|PIXELS]
// After --seconds the large image is aborted, and the figures are those of the tiles that are finished.

import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from '../tests/chromium/launch.mjs';
import { serve } from '../tests/chromium/server.mjs';
import { peakMemory } from './peak-memory.mjs';
import { makeSlide } from './slide.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    image: text,
    pieces: text,
    slide: { type: 'boolean' },
    side: { ...text, default: '20000' },
    filled: { ...text, default: '0.01' },
    backend: { ...text, default: 'cpu' },
    workers: { ...text, multiple: true, default: ['1'] },
    seconds: text,
    diameter: text,
    package: { ...text, default: at('../pkg/dist') },
  },
});
if (!values.image === !values.slide) throw new Error('give either --image or --slide');

const places = { '/package/': values.package, '/models/': at('../models') };
const bodies = {};
const pieces = values.pieces ? (await readdir(values.pieces)).filter((name) => name.endsWith('.png')).sort() : [];
if (values.pieces) places['/pieces/'] = values.pieces;
if (values.image) places['/image'] = values.image;
else bodies['/image'] = makeSlide(Number(values.side), Number(values.filled), at('../tests/chromium/pictures'));

const server = await serve(places, bodies);
try {
  for (const workers of values.workers) console.log(JSON.stringify(await measure(Number(workers))));
} finally {
  server.close();
}

/** One browser for each, so that the peak of its memory is that of this run. */
async function measure(workers) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    page.on('console', (message) => console.error(message.text()));
    await page.goto(server.origin);
    const memory = await peakMemory(browser);
    const found = await page.evaluate(segment, {
      ...{ workers, pieces, backend: values.backend },
      seconds: values.seconds && Number(values.seconds),
      diameter: values.diameter === 'auto' ? 'auto' : values.diameter && Number(values.diameter),
    });
    const wasm = [];
    for (const worker of page.workers()) wasm.push(await wasmMemory(worker, values.backend).catch(() => null));
    return { backend: values.backend, workers, ...found, wasmMegabytes: wasm, rendererMegabytes: await memory() };
  } finally {
    await browser.close();
  }
}

/** Megabytes that a worker's instance has, which never become fewer. A worker that was busy at an abort has ended. */
async function wasmMemory(worker, backend) {
  const bytes = await worker.evaluate(async (backend) => {
    const { memory } = await (await import(`/package/wasm/maskrcnn_${backend}.js`)).default();
    return memory.buffer.byteLength;
  }, backend);
  return Math.round(bytes / 2 ** 20);
}

/** Runs in the page: the large image, and then its pieces. */
async function segment({ workers, pieces, backend, seconds, diameter }) {
  const { Segmenter } = await import('/package/index.js');
  const segmenter = await Segmenter.load({ model: '/models/nuclei/manifest.json', backend, workers });
  const timed = async (path, options) => {
    const blob = await (await fetch(path)).blob();
    const start = performance.now();
    let last = start;
    const onProgress = ({ done, total }) => {
      if (performance.now() - last < 20_000) return;
      last = performance.now();
      console.log(`${done} of ${total} tiles after ${Math.round((last - start) / 1000)} s`);
    };
    const { detections, input } = await segmenter.segment(blob, { onProgress, ...options }).catch((error) => {
      if (error.partial) return error.partial;
      throw error;
    });
    return { seconds: (performance.now() - start) / 1000, count: detections.length, input };
  };
  const whole = await timed('/image', { diameter, signal: seconds && AbortSignal.timeout(seconds * 1000) });
  const sum = { seconds: 0, count: 0 };
  for (const name of pieces) {
    const { seconds, count } = await timed(`/pieces/${name}`);
    sum.seconds += seconds;
    sum.count += count;
  }
  if (pieces.length === 0) return whole;
  const batch = await Promise.all(pieces.map(async (name) => (await fetch(`/pieces/${name}`)).blob()));
  const start = performance.now();
  for await (const _ of segmenter.segmentAll(batch));
  const batchRatio = (performance.now() - start) / 1000 / sum.seconds;
  return { ...whole, pieces: sum, ratio: whole.seconds / sum.seconds, batchRatio };
}
