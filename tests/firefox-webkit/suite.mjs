// What must work in every browser. Not with Playwright, which drives patched builds: in the system's own browsers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { launch as launchChromium } from '../chromium/launch.mjs';
import { host } from '../chromium/setup.mjs';

const CHECKPOINT = readFileSync(new URL('../reference/micro.pth', import.meta.url));
const DONE = /^\d+ of \d+ nuclei score above \d+ %\.$/;

/** The highest sample of a plane, by the file, for each kind of compression. */
const TIFFS = {
  'deflate-predictor2-be-u16.tif': 2525,
  'lzw-predictor2-rgb-u8.tif': 213,
  'zstd-tiled-u16.tif': 2525,
  'packbits-u8.tif': 157,
  'jpeg-grey-u8.tif': 158,
};

/** A TIFF of one deflated strip with some bytes after its end, as a few programs write them. */
function paddedTiff() {
  const data = Buffer.concat([deflateSync(Buffer.alloc(100 * 100, 9)), Buffer.alloc(30)]);
  const tags = [
    [256, 100],
    [257, 100],
    [258, 8],
    [259, 8],
    [262, 1],
    [273, 8],
    [278, 100],
    [279, data.length],
  ];
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(8 + data.length, 4);
  const directory = Buffer.alloc(2 + tags.length * 12 + 4);
  directory.writeUInt16LE(tags.length);
  tags.forEach(([tag, value], index) => {
    directory.writeUInt16LE(tag, 2 + index * 12);
    directory.writeUInt16LE(4, 4 + index * 12);
    directory.writeUInt32LE(1, 6 + index * 12);
    directory.writeUInt32LE(value, 10 + index * 12);
  });
  return Buffer.concat([header, data, directory]);
}

/** Loads the narrow network, and tells where it runs and what it finds, however the image is given. */
async function find({ backend, worker, sources = ['ImageData'] }) {
  const t = await import('/in-page.mjs');
  const segmenter = await t.load({ backend, worker });
  const plain = ({ label, score, box: { x, y, width, height }, mask }) => ({
    label,
    score,
    box: [x, y, width, height],
    area: mask.area,
  });
  const found = [];
  for (const source of sources) {
    const { detections } = await segmenter.segment(await t.sources[source]('/pictures/tiny.png'));
    found.push(detections.map(plain));
  }
  segmenter.dispose();
  return { backend: segmenter.backend, found };
}

/** What Chromium finds with that module: relaxed SIMD differs in the last bits. */
async function findInChromium(origin, module) {
  const chromium = await launchChromium({ gpu: false });
  const page = await chromium.newPage();
  await page.goto(origin);
  if (!module.includes('relaxed')) {
    await page.evaluate(() => {
      WebAssembly.validate = () => false;
    });
  }
  const { found } = await page.evaluate(find, { backend: 'cpu', worker: false });
  await chromium.close();
  return found[0];
}

/** Fails unless two lists hold the same objects. */
function assertSame(found, expected) {
  assert.deepEqual(
    found.map(({ label }) => label),
    expected.map(({ label }) => label),
  );
  for (const [i, { score, box, area }] of found.entries()) {
    assert.ok(Math.abs(score - expected[i].score) <= 1e-5, `score ${score}, not ${expected[i].score}`);
    for (const [side, length] of box.entries()) assert.ok(Math.abs(length - expected[i].box[side]) <= 1e-2);
    assert.ok(Math.abs(area - expected[i].area) <= 1, `area ${area}, not ${expected[i].area}`);
  }
}

/**
 * Tests a browser.
 *
 * @param {string} name
 * @param {() => Promise<{
 *   version: string,
 *   visit(url: string): Promise<void>,
 *   run(job: Function, ...args: unknown[]): Promise<any>,
 *   close(): Promise<void>
 * }>} launch
 */
export function testBrowser(name, launch) {
  let stand;
  let browser;
  let module;
  let expected;
  before(async () => {
    const tiff = (name) => readFileSync(new URL(`../image/tiff/${name}`, import.meta.url));
    const tiffs = Object.keys(TIFFS).map((name) => [`/tiff/${name}`, tiff(name)]);
    const bodies = { '/micro.pth': CHECKPOINT, '/tiff/padded.tif': paddedTiff(), ...Object.fromEntries(tiffs) };
    stand = await host(bodies);
    const { origin, requests } = stand.server;
    browser = await launch();
    await browser.visit(origin);
    await browser.run(find, { backend: 'cpu' });
    [module] = requests.filter((path) => path.endsWith('.wasm'));
    expected = await findInChromium(origin, module);
    assert.deepEqual([...new Set(requests.filter((path) => path.endsWith('.wasm')))], [module]);
  });
  after(async () => {
    try {
      await browser?.close();
    } finally {
      stand.tearDown();
    }
  });

  describe(`the package in ${name}`, () => {
    before(() => browser.visit(stand.server.origin));

    test('runs on the CPU where nothing better is, and finds what it finds in Chromium', async (context) => {
      const { backend, found } = await browser.run(find, { backend: 'auto' });
      context.diagnostic(`version ${browser.version}, ${module}`);
      assert.equal(backend, 'cpu');
      assert.ok(expected.length > 10);
      assertSame(found[0], expected);
    });

    test('does so on the page’s own thread, too', async () => {
      assertSame((await browser.run(find, { backend: 'cpu', worker: false })).found[0], expected);
    });

    test('takes images of every kind', async () => {
      const sources = ['ImageBitmap', 'Blob', 'File', 'HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas'];
      const { found } = await browser.run(find, { backend: 'cpu', sources });
      assert.equal(found.length, sources.length);
      for (const detections of found) assertSame(detections, expected);
    });

    test('says so where there is no WebGPU', async () => {
      const code = await browser.run(async () => {
        const t = await import('/in-page.mjs');
        return (await t.outcome(t.load({ backend: 'webgpu' }))).code;
      });
      assert.equal(code, 'webgpu-unavailable');
    });

    test('draws, cuts out and exports', async () => {
      const { painted, opaque, svg, csv } = await browser.run(async () => {
        const { load, canvasOf, maskrcnn } = await import('/in-page.mjs');
        const image = await canvasOf('/pictures/tiny.png');
        const segmenter = await load();
        const result = await segmenter.segment(image);
        segmenter.dispose();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [result.width, result.height];
        maskrcnn.draw(canvas, null, result);
        const alpha = (context) =>
          context.getImageData(0, 0, result.width, result.height).data.filter((value, i) => i % 4 === 3 && value > 0);
        const cut = await maskrcnn.cutOut(image, result.detections[0], { soft: true });
        const shown = new OffscreenCanvas(result.width, result.height).getContext('2d');
        shown.drawImage(cut, 0, 0);
        return {
          painted: alpha(canvas.getContext('2d')).length,
          opaque: alpha(shown).length,
          svg: result.toSvg().split('<path').length - 1,
          csv: (await (await result.toCsv()).text()).trim().split('\n').length - 1,
        };
      });
      assert.ok(painted > 1000 && opaque > 0, `${painted} pixels are drawn, ${opaque} cut out`);
      assert.deepEqual([svg, csv], [expected.length, expected.length]);
    });

    test('makes a model’s folder of a checkpoint, and runs it', async () => {
      const [names, architecture] = await browser.run(async () => {
        const { fetchBlob, maskrcnn } = await import('/in-page.mjs');
        const { files } = await maskrcnn.convert(await fetchBlob('/micro.pth'));
        const segmenter = await maskrcnn.Segmenter.load({ model: files, backend: 'cpu' });
        segmenter.dispose();
        return [files.map(({ name }) => name), segmenter.architecture];
      });
      assert.deepEqual(names, ['manifest.json', 'model.safetensors']);
      assert.match(architecture, /_fpn/);
    });

    test('takes the model of a package', async () => {
      const count = await browser.run(async () => {
        const { fetchBlob, maskrcnn } = await import('/in-page.mjs');
        const { default: model } = await import('/packages/maskrcnn-web-nuclei/index.js');
        const segmenter = await maskrcnn.Segmenter.load({ model });
        const { detections } = await segmenter.segment(await fetchBlob('/pictures/nuclei-fluorescence.png'));
        segmenter.dispose();
        return detections.length;
      });
      assert.equal(count, 15);
    });

    test('reads TIFF files of every compression', async () => {
      const expected = { ...TIFFS, 'padded.tif': 9 };
      const found = await browser.run(async (names) => {
        const { openTiff } = await import('/package/tiff.js');
        const highest = {};
        for (const name of names) {
          const plane = (await openTiff(`/tiff/${name}`)).plane();
          const { data } = await plane.read({ x: 0, y: 0, width: plane.width, height: plane.height });
          highest[name] = data.reduce((one, other) => Math.max(one, other));
        }
        return highest;
      }, Object.keys(expected));
      for (const [name, value] of Object.entries(expected))
        assert.ok(Math.abs(found[name] - value) <= 3, `${name}: ${found[name]}`);
      assert.equal(found['padded.tif'], 9);
    });

    test('can be aborted', async () => {
      const code = await browser.run(async () => {
        const t = await import('/in-page.mjs');
        const segmenter = await t.load();
        const stop = new AbortController();
        const call = segmenter.segment(t.plainImage(400, 300), { signal: stop.signal });
        stop.abort();
        const { code } = await t.outcome(call);
        segmenter.dispose();
        return code;
      });
      assert.equal(code, 'aborted');
    });
  });

  test(`the demo page counts its nuclei in ${name}`, async () => {
    await browser.visit(`${stand.server.origin}/deep/down/`);
    const { status, error, count, listed, backend } = await browser.run(async (pattern) => {
      const text = (id) => document.getElementById(id).textContent;
      const isDone = () => new RegExp(pattern).test(text('status')) || !document.getElementById('error').hidden;
      while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 100));
      return {
        status: text('status'),
        error: text('error'),
        count: text('count'),
        listed: [...document.querySelectorAll('#list [role=option]')].filter((item) => item.checkVisibility()).length,
        backend: text('fact-backend'),
      };
    }, DONE.source);
    assert.equal(error, '');
    assert.match(status, DONE);
    assert.ok(listed > 10);
    assert.equal(count, `${listed} nuclei`);
    assert.equal(backend, 'CPU');
  });

  test(`the page “Measure this device” measures the CPU in ${name}`, async () => {
    await browser.visit(`${stand.server.origin}/deep/down/measure.html`);
    const { error, json } = await browser.run(async () => {
      const element = (id) => document.getElementById(id);
      const until = async (isSo) => {
        while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 100));
      };
      await until(() => !element('measure').disabled);
      element('measure').click();
      await until(() => /^(Done|That did not)/.test(element('status').textContent));
      return { error: element('error').textContent, json: element('json').value };
    });
    assert.equal(error, '');
    const { device, times } = JSON.parse(json);
    assert.equal(device.adapter, null);
    assert.deepEqual(
      times.map(({ backend, side, objects }) => [backend, side, objects]),
      [
        ['cpu', 512, 64],
        ['cpu', 1024, 256],
      ],
    );
  });
}
