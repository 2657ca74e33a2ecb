// Draws what a model finds: each image above, the same with its objects below, in one JPEG; and says how long the second of
// two calls takes. Runs the package in Chromium, on one thread of the CPU.
// node draw-results.mjs --model FOLDER --out FILE.jpg [--side PIXELS] IMAGE..., TIFF files included

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from '../tests/chromium/launch.mjs';
import { serve } from '../tests/chromium/server.mjs';

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  options: { model: text, out: text, side: { ...text, default: '300' } },
  allowPositionals: true,
});
if (!values.model || !values.out || positionals.length === 0) throw new Error('--model, --out and images are needed');

const places = Object.fromEntries(positionals.map((path, i) => [`/images/${i}`, resolve(path)]));
const server = await serve({
  '/package/': fileURLToPath(new URL('../pkg/dist', import.meta.url)),
  '/model/': resolve(values.model),
  ...places,
});
const browser = await launch({ gpu: false });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.origin);
  const { jpeg, results } = await page.evaluate(drawn, { count: positionals.length, side: Number(values.side) });
  writeFileSync(values.out, Buffer.from(jpeg, 'base64'));
  const { name } = JSON.parse(readFileSync(join(values.model, 'manifest.json'), 'utf8'));
  console.log(`${name}; ${values.out} has ${readFileSync(values.out).length} bytes.`);
  console.table(results.map((result, i) => ({ image: basename(positionals[i]), ...result })));
} finally {
  await browser.close();
  server.close();
}

/** In the page: the JPEG in base64, and of each image its size, how many objects it has, and how long it took. */
async function drawn({ count, side }) {
  const { draw, Segmenter, toImageData } = await import('/package/index.js');
  const { openTiff } = await import('/package/tiff.js');
  /** An image as it is segmented, and as it is shown. */
  const open = async (file) => {
    const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
    const isTiff = first === second && (first === 0x49 || first === 0x4d);
    if (!isTiff) {
      const bitmap = await createImageBitmap(file);
      return { image: bitmap, shown: bitmap };
    }
    const tiff = await openTiff(file);
    const { width, height } = tiff;
    const image = await tiff.plane().read({ x: 0, y: 0, width, height });
    return { image, shown: toImageData(image) };
  };
  const segmenter = await Segmenter.load({ model: '/model/manifest.json', backend: 'cpu', workers: 1 });
  const gap = 4;
  const canvas = new OffscreenCanvas(count * (side + gap) - gap, 2 * side + gap);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const results = [];
  for (let i = 0; i < count; i++) {
    const { image, shown } = await open(await (await fetch(`/images/${i}`)).blob());
    await segmenter.segment(image);
    const result = await segmenter.segment(image);
    const { width, height, detections, timing } = result;
    results.push({ width, height, objects: detections.length, seconds: timing.milliseconds / 1000 });
    // The largest square in the middle.
    const length = Math.min(image.width, image.height);
    const view = { x: (image.width - length) / 2, y: (image.height - length) / 2, width: length, height: length };
    for (const [row, found] of [{ ...result, detections: [] }, result].entries()) {
      const panel = new OffscreenCanvas(side, side);
      draw(panel, shown, found, { view, showLabels: false, showScores: false, showBoxes: false });
      context.drawImage(panel, i * (side + gap), row * (side + gap));
    }
  }
  const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
  const url = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(file);
  });
  return { jpeg: url.split(',')[1], results };
}
