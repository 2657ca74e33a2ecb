// Compares the package in Chromium with the command line: do both find the same objects in the same images?
// node compare.mjs --site FOLDER (--data FILE.json [--images FOLDER] | --images FOLDER)
//   [--pictures N] [--model FOLDER] [--backend webgpu|cpu] [--json FILE]

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compare } from './agreement.mjs';
import { decoded } from './decoded.mjs';
import { launch } from './launch.mjs';
import { predict } from './native.mjs';
import { serve } from './server.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    site: text,
    data: text,
    images: text,
    pictures: { ...text, default: '10' },
    model: { ...text, default: fileURLToPath(new URL('../../models/nuclei', import.meta.url)) },
    backend: { ...text, default: 'webgpu' },
    json: text,
  },
});
if (!values.site || !(values.data || values.images)) throw new Error('--site and one of --data, --images are needed');

const paths = evenly(all(), Number(values.pictures));
const model = resolve(values.model);
const { settings } = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
const places = Object.fromEntries(paths.map((path, i) => [`/pictures/${i}`, path]));
const folder = mkdtempSync(join(tmpdir(), 'maskrcnn-compare-'));
const server = await serve({ '/site/': values.site, '/model/': `${model}/`, '/decoded/': `${folder}/`, ...places });
const browser = await launch();
const rows = [];
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.origin);
  await page.evaluate(async (backend) => {
    const { Segmenter } = await import('/site/maskrcnn-web/index.js');
    globalThis.segmenter = await Segmenter.load({ model: '/model/manifest.json', backend });
  }, values.backend);
  const images = [];
  for (const i of paths.keys()) images.push(await sameForBoth(page, i));
  const natively = predict(
    images.map(({ path }) => path),
    ['--model', model],
  );
  for (const [i, { url }] of images.entries()) {
    rows.push({ picture: basename(paths[i]), ...(await agreement(page, url, natively[i])) });
  }
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
}
console.table(rows);
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
const differing = rows.filter(({ agrees }) => !agrees).length;
console.log(
  differing > 0
    ? `${differing} of ${rows.length} images differ.`
    : `All ${rows.length} images agree, on ${values.backend}.`,
);
process.exitCode = differing > 0 ? 1 : 0;

/** The paths of all images. */
function all() {
  const { data, images } = values;
  if (!data) {
    const names = readdirSync(images).filter((name) => /\.(png|jpe?g|webp)$/i.test(name));
    return names.toSorted().map((name) => resolve(images, name));
  }
  const listed = JSON.parse(readFileSync(data, 'utf8')).images;
  // As the command line does: the folder beside the list, of the same name.
  const folder = images ?? join(dirname(data), data.replace(/^.*[/\\]|\.json$/g, ''));
  return listed.map(({ file_name }) => resolve(folder, file_name));
}

/** `count` items of a list, evenly spaced. */
function evenly(list, count) {
  const wanted = Math.min(count, list.length);
  return Array.from({ length: wanted }, (_, i) => list[Math.floor((i * list.length) / wanted)]);
}

/** Where both programs find an image: the file itself or, of a JPEG, its pixels. */
async function sameForBoth(page, i) {
  const url = `/pictures/${i}`;
  if (!/\.jpe?g$/i.test(paths[i])) return { path: paths[i], url };
  const path = join(folder, `${i}.png`);
  writeFileSync(path, await decoded(page, url));
  return { path, url: `/decoded/${i}.png` };
}

/** Whether the package finds in an image what the command line reports. */
async function agreement(page, url, native) {
  const found = await page.evaluate(async (url) => {
    const file = await (await fetch(url)).blob();
    const { detections, timing } = await segmenter.segment(file);
    return {
      milliseconds: timing.milliseconds,
      detections: detections.map(({ label, score, box, mask }) => ({
        label,
        score,
        box,
        area: mask ? mask.area : box.width * box.height,
      })),
    };
  }, url);
  const { worst, ...rest } = compare(native, found.detections, settings.detections.scoreThreshold);
  return {
    size: `${native.width}×${native.height}`,
    ...rest,
    'least box IoU': Number(worst.box.toFixed(5)),
    'score off by': Number(worst.score.toExponential(1)),
    'area off by': Number(worst.area.toFixed(4)),
    seconds: Number((found.milliseconds / 1000).toFixed(1)),
  };
}
