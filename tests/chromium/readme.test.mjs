// The documentation is right: its code has the types that the package says, and runs as a page would run it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { examples } from './examples.mjs';
import { install, installModels, setUp } from './setup.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url));
const readme = read('pkg/README.md').toString();
const modules = examples();

describe('in strict TypeScript, against the packed package,', () => {
  const TSC = fileURLToPath(new URL('../../pkg/node_modules/typescript/bin/tsc', import.meta.url));
  const OPTIONS = {
    strict: true,
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'bundler',
    lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    types: [],
    noEmit: true,
  };
  let folder;
  before(() => {
    folder = install();
    mkdirSync(join(folder, 'node_modules'));
    renameSync(join(folder, 'package'), join(folder, 'node_modules/maskrcnn-web'));
    installModels(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What the compiler finds wrong, if anything. */
  function complaints(files) {
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
    const config = { compilerOptions: OPTIONS, files: Object.keys(files) };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    try {
      execFileSync('node', [TSC, '-p', folder], { encoding: 'utf8' });
      return '';
    } catch ({ stdout }) {
      return stdout;
    }
  }

  test('every example compiles', () => {
    assert.ok(Object.keys(modules).length >= 5);
    const named = Object.entries(modules).map(([name, code]) => [`${name.replaceAll(/[^\w.]/g, '-')}.ts`, code]);
    assert.equal(complaints(Object.fromEntries(named)), '');
  });

  test('an unknown option does not', () => {
    const code = modules['pkg/src/segmenter.ts, 4'].replace(
      'draw(canvas, frame, result)',
      'draw(canvas, frame, result, { picture: frame })',
    );
    assert.match(complaints({ 'wrong.ts': code }), /wrong\.ts.*'picture' does not exist in type 'DrawOptions'/s);
  });
});

describe('in Chromium', () => {
  const flags = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
  let stand;
  before(async () => {
    const bodies = {
      '/cells.tif': read('tests/image/tiff/ome-channels-u16.tif'),
      '/cells.png': read('tests/chromium/pictures/nuclei-fluorescence.png'),
      '/slide.tif': read('tests/image/tiff/BBBC007_A9_p7d.tif'),
      '/maskrcnn_resnet50_fpn.pth': read('models/reference-tiny.safetensors'),
      // Where the examples of bundlers that find neither say that they are.
      '/worker.js': (_request, response) =>
        response.setHeader('content-type', 'text/javascript').end("import '/package/worker.js';"),
    };
    for (const name of ['maskrcnn_webgpu', 'maskrcnn_cpu', 'maskrcnn_cpu_relaxed', 'maskrcnn_objects']) {
      bodies[`/wasm/${name}_bg.wasm`] = read(`pkg/dist/wasm/${name}_bg.wasm`);
    }
    stand = await setUp({ gpu: false, flags }, bodies);
  });
  after(() => stand.tearDown());

  /** Runs a module, and stops its stream, by a click on the canvas, when that has shown a frame or two. */
  async function run(code) {
    const page = await stand.page();
    const [problems, downloads] = [[], []];
    page.on('download', (download) => downloads.push(download.suggestedFilename()));
    page.on('pageerror', (error) => problems.push(String(error)));
    const body = code
      .replaceAll("'maskrcnn-web/draw'", "'/package/draw.js'")
      .replaceAll("'maskrcnn-web/tiff'", "'/package/tiff.js'")
      .replaceAll("'maskrcnn-web'", "'/package/index.js'")
      .replaceAll(/'(maskrcnn-web-\w+)'/g, "'/packages/$1/index.js'");
    await page.route('**/example.js', (route) => route.fulfill({ contentType: 'text/javascript', body }));
    const value = await page.evaluate(async () => {
      const clicking = setInterval(() => document.querySelector('canvas')?.click(), 3000);
      const { default: value } = await import('/example.js');
      clearInterval(clicking);
      return value;
    });
    return { page, value, problems, downloads };
  }

  for (const [name, code] of Object.entries(modules).filter(([name]) => name !== 'pkg/README.md')) {
    test(`the example of ${name} runs`, async () => {
      const { page, problems } = await run(code);
      assert.deepEqual(problems, []);
      await page.close();
    });
  }

  test('the examples of pkg/README.md run, one after the other, and do what they say', async () => {
    const code = `${modules['pkg/README.md']}
      export default {
        count: result.detections.length,
        painted: canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0),
      };`;
    const { page, value, problems, downloads } = await run(code);
    assert.deepEqual(downloads, ['measurements.csv']);
    assert.ok(value.count > 0);
    assert.ok(value.painted);
    await page.dispatchEvent('canvas', 'pointermove');
    assert.deepEqual(problems, []);
    await page.close();
  });
});

describe('the package’s README', () => {
  for (const [file, type, heading] of [
    ['options', 'LoadOptions', '## The model'],
    ['model/settings', 'InputSettings', '## The model'],
    ['model/settings', 'AnchorSettings', '## The model'],
    ['model/settings', 'ProposalSettings', '## The model'],
    ['model/settings', 'DetectionSettings', '## The model'],
    ['model/settings', 'Conventions', '## The model'],
    ['model/checkpoint', 'LoadCheckpointOptions', '## The model'],
    ['convert', 'ConvertOptions', '## The model'],
    ['options', 'SegmentOptions', '## Images and results'],
    ['result/filter', 'ResultFilter', '## Results'],
    ['export/csv', 'CsvOptions', '### Files'],
    ['export/label-image', 'LabelImageOptions', '### Files'],
    ['export/geojson', 'GeoJsonOptions', '### Files'],
    ['export/coco-file', 'CocoFileOptions', '### Files'],
    ['draw/drawing', 'GpuDrawOptions', '## Many images, and video'],
    ['draw/overlay', 'DrawOptions', '### Drawing'],
  ]) {
    test(`names every option of ${type}`, () => {
      const declared = read(`pkg/dist/${file}.d.ts`).toString();
      const [, options] = declared.match(new RegExp(`interface ${type}[\\w ]*\\{(.*?)^\\}`, 'ms'));
      const names = [...options.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name]) => name);
      assert.ok(names.length > 1);
      const section = readme.split(`${heading}\n`)[1].split(/^## /m)[0];
      for (const name of names)
        assert.match(section, new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``), `${name} is missing`);
    });
  }
});
