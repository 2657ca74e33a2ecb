// The package's README is right: its examples run, one after the other, as a page would run them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

const readme = await readFile(new URL('../../pkg/README.md', import.meta.url), 'utf8');
const [first, ...others] = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

let stand;
let page;
let problems;
before(async () => {
  stand = await setUp({ gpu: false });
  page = await stand.page();
  problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.evaluate(async () => {
    document.body.append(new Image(), document.createElement('canvas'));
    const input = Object.assign(document.createElement('input'), { type: 'file' });
    const chosen = new DataTransfer();
    chosen.items.add(new File([await t.fetchBlob('/models/reference-tiny.safetensors')], 'tiny.safetensors'));
    input.files = chosen.files;
    document.body.append(input);
    const picture = document.querySelector('img');
    picture.src = '/pictures/nuclei-fluorescence.png';
    await picture.decode();
  });
});
after(() => stand.tearDown());

/** An example whose imports, which a bundler would find, are the packed package's files. */
function servable(code) {
  return code
    .replace(/^import (\{.*\}) from '(.*)';$/gm, 'const $1 = await import("$2");')
    .replaceAll('"maskrcnn-web/draw"', '"/package/draw.js"')
    .replaceAll('"maskrcnn-web"', '"/package/index.js"');
}

/** Runs the examples as one module, the others each in a block of its own, and returns what `last` makes of them. */
async function run(last) {
  const blocks = others.map((code) => `{\n${servable(code)}\n}`).join('\n');
  const body = `${servable(first)}\n${blocks}\nexport default ${last};`;
  await page.route('**/readme.js', (route) => route.fulfill({ contentType: 'text/javascript', body }));
  return page.evaluate(async () => (await import('/readme.js')).default);
}

describe('the README', () => {
  test('has examples that run and do what they say', async () => {
    const download = page.waitForEvent('download', { timeout: 120_000 });
    const { count, painted, size } = await run(`{
      count: result.detections.length,
      painted: canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0),
      size: [canvas.width - result.width, canvas.height - result.height],
    }`);
    assert.ok(count > 0);
    assert.ok(painted);
    assert.deepEqual(size, [0, 0]);
    assert.equal((await download).suggestedFilename(), 'measurements.csv');
    await page.dispatchEvent('canvas', 'pointermove');
    assert.deepEqual(problems, []);
  });

  for (const [file, type, heading] of [
    ['options', 'LoadOptions', '## The model'],
    ['engine', 'EngineOptions', '## The model'],
    ['convert', 'ConvertOptions', '## The model'],
    ['options', 'SegmentOptions', '## Pictures and results'],
    ['overlay', 'DrawOptions', '### Drawing'],
  ]) {
    test(`names every option of ${type}`, async () => {
      const declared = await readFile(new URL(`../../pkg/dist/${file}.d.ts`, import.meta.url), 'utf8');
      const [, options] = declared.match(new RegExp(`interface ${type}[\\w ]*\\{(.*?)^\\}`, 'ms'));
      const names = [...options.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name]) => name);
      assert.ok(names.length > 2);
      const section = readme.split(`${heading}\n`)[1].split(/^## /m)[0];
      for (const name of names)
        assert.match(section, new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``), `${name} is missing`);
    });
  }
});
