// TIFF files in the browser, under a strict Content Security Policy.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { setUp } from './setup.mjs';

const folder = new URL('../image/tiff/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder));
const expected = JSON.parse(read('expected.json'));
const files = readdirSync(folder).filter((name) => name in expected);

/** What reads TIFF files: these are not loaded before one comes. */
const LAZY = /\/(tiff|page-layout|jpeg|zstd|png16)\d*\.js$/;

/** A TIFF of 20,000×20,000 pixels of 16 bits, all of whose tiles are at one place: small as a file. */
function hugeTiff() {
  const [side, tile] = [20_000, 512];
  const data = deflateSync(new Uint8Array(new Uint16Array(tile * tile).map((_, at) => at % tile).buffer));
  const count = Math.ceil(side / tile) ** 2;
  const tags = [
    [256, 4, 1, side],
    [257, 4, 1, side],
    [258, 3, 1, 16],
    [259, 3, 1, 8],
    [262, 3, 1, 1],
    [277, 3, 1, 1],
    [322, 4, 1, tile],
    [323, 4, 1, tile],
    [324, 4, count, 8],
    [325, 4, count, 8 + 4 * count],
  ];
  const lists = 8 * count;
  const directory = Buffer.alloc(2 + tags.length * 12 + 4);
  directory.writeUInt16LE(tags.length);
  tags.forEach(([tag, type, length, value], index) => {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(length, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(8 + lists, 4);
  const at = 8 + lists + directory.length;
  const list = (value) => Buffer.from(new Uint32Array(count).fill(value).buffer);
  return Buffer.concat([header, list(at), list(data.length), directory, data]);
}

/** Answers parts of a file, and counts the bytes. */
function inRanges(file, sent) {
  return (request, response) => {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = file.subarray(Number(start), Number(end) + 1);
    sent.push(part.length);
    const range = `bytes ${start}-${Number(start) + part.length - 1}/${file.length}`;
    response.writeHead(206, { 'content-range': range }).end(part);
  };
}

const WORKER = `
  import { openTiff } from '/package/tiff.js';
  const file = await openTiff('/tiff/imagej-hyperstack-u16.tif');
  const { data } = await file.plane().read({ x: 11, y: 28, width: 1, height: 1 });
  postMessage({ width: file.width, channels: file.channels, first: data[0] });
`;

let stand;
let page;
const sent = [];
before(async () => {
  const bodies = Object.fromEntries(files.map((name) => [`/tiff/${name}`, read(name)]));
  const huge = hugeTiff();
  const worker = (_request, response) => response.setHeader('content-type', 'text/javascript').end(WORKER);
  Object.assign(bodies, { '/huge.tif': huge, '/ranges.tif': inRanges(huge, sent), '/tiff-worker.js': worker });
  stand = await setUp({ gpu: false }, bodies);
  page = await stand.page();
  await page.evaluate(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      violations.push(`${violatedDirective} ${blockedURI}`),
    );
  });
});
after(() => stand.tearDown());

test('a page without a TIFF loads nothing for it', async () => {
  const count = await page.evaluate(async () => {
    const segmenter = await t.load();
    const { detections } = await segmenter.segment(await t.fetchBlob('/pictures/tiny.png'));
    segmenter.dispose();
    return detections.length;
  });
  assert.equal(count, 46);
  assert.deepEqual(
    stand.server.requests.filter((path) => LAZY.test(path)),
    [],
  );
});

test('files have the samples that tifffile reads', async () => {
  await page.evaluate(async () => {
    globalThis.tiff = await import('/package/tiff.js');
    /** Minimum, maximum and mean of each channel of a file's first plane, or the error. */
    globalThis.measure = async (path) => {
      const plane = (await tiff.openTiff(await t.fetchBlob(path))).plane();
      const { data, channels, layout, width, height } = await plane.read({
        x: 0,
        y: 0,
        width: plane.width,
        height: plane.height,
      });
      const pixels = width * height;
      return Array.from({ length: channels }, (_, channel) => {
        let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
        for (let pixel = 0; pixel < pixels; pixel++) {
          const value = data[layout === 'planar' ? channel * pixels + pixel : pixel * channels + channel];
          [min, max, sum] = [Math.min(min, value), Math.max(max, value), sum + value];
        }
        return { min, max, mean: sum / pixels };
      });
    };
  });
  assert.ok(files.length > 50);
  for (const name of files) {
    const { refused, planes, tolerance } = expected[name];
    const outcome = await page.evaluate((path) => t.outcome(measure(path)), `/tiff/${name}`);
    if (refused) {
      assert.equal(outcome.code, 'invalid-input', name);
      assert.match(outcome.message, new RegExp(refused));
      continue;
    }
    const found = await page.evaluate((path) => measure(path), `/tiff/${name}`);
    planes[0].forEach(({ min, max, mean }, channel) => {
      const at = `${name}, channel ${channel}`;
      assert.ok(Math.abs(found[channel].min - Math.fround(min)) <= tolerance, at);
      assert.ok(Math.abs(found[channel].max - Math.fround(max)) <= tolerance, at);
      assert.ok(Math.abs(found[channel].mean - mean) <= tolerance + 1e-5 * Math.max(1, Math.abs(mean)), at);
    });
  }
  assert.deepEqual(await page.evaluate(() => violations), []);
  const loaded = new Set(
    stand.server.requests.filter((path) => LAZY.test(path)).map((path) => path.replace(/\d*\.js$/, '')),
  );
  assert.deepEqual(
    [...loaded].sort(),
    ['jpeg', 'page-layout', 'tiff', 'zstd'].map((name) => `/package/${name}`),
  );
});

test('a worker can read them, too', async () => {
  const value = await page.evaluate(async () => {
    const worker = new Worker('/tiff-worker.js', { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  });
  assert.deepEqual(value, { width: 61, channels: 2, first: 222 });
});

describe('segment', () => {
  before(() =>
    page.evaluate(async () => {
      globalThis.segmenter = await t.load();
    }),
  );

  test('opens a Blob with a TIFF by itself', async () => {
    const texts = await page.evaluate(async () => {
      const blob = await t.fetchBlob('/tiff/piximi_8b_rgb_FluorescentCells.tif');
      const plane = (await tiff.openTiff(blob)).plane();
      const raw = await plane.read({ x: 0, y: 0, width: plane.width, height: plane.height });
      const results = [blob, plane, raw].map(async (image) => t.textOf(await segmenter.segment(image)));
      return Promise.all(results);
    });
    assert.ok(texts[0].length > 1000, texts[0]);
    assert.deepEqual(texts.slice(1), [texts[0], texts[0]]);
  });

  test('takes the plane and the channel that it is told', async () => {
    const [texts, input] = await page.evaluate(async () => {
      const blob = await t.fetchBlob('/tiff/imagej-hyperstack-u16.tif');
      const plane = (await tiff.openTiff(blob)).plane({ z: 1, t: 1 });
      const whole = { x: 0, y: 0, width: plane.width, height: plane.height };
      const raw = await plane.read(whole);
      const result = await segmenter.segment(blob, { z: 1, t: 1, channels: 1 });
      const other = await segmenter.segment(raw, { channels: 1 });
      return [[t.textOf(result), t.textOf(other)], { ...result.input, size: result.pixelSize }];
    });
    assert.equal(texts[0], texts[1]);
    assert.deepEqual([input.channels, input.plane, input.size], [[1], { z: 1, t: 1 }, 0.2]);
  });

  test('says what is missing, or cannot be read', async () => {
    for (const [name, options, message] of [
      ['imagej-hyperstack-u16.tif', { z: 3, channels: 0 }, /there is no z 3: the TIFF file has 0 to 2/],
      ['imagej-hyperstack-u16.tif', { channels: 2 }, /no channel 2/],
      ['BBBC007_A9_p7d.tif', { page: 1 }, /there is no page 1: the TIFF file has only 0/],
      ['old-jpeg.tif', {}, /old-style JPEG/],
      ['nan-f32.tif', {}, /NaN/],
    ]) {
      const outcome = await page.evaluate(
        async ([path, options]) => t.outcome(segmenter.segment(await t.fetchBlob(path), options)),
        [`/tiff/${name}`, options],
      );
      assert.equal(outcome.code, 'invalid-input', name);
      assert.match(outcome.message, message);
    }
  });
});

describe('an image of 20,000×20,000 pixels', () => {
  test('is read by region from a Blob', async () => {
    const [size, first, last, code] = await page.evaluate(async () => {
      const blob = await t.fetchBlob('/huge.tif');
      const plane = (await tiff.openTiff(blob)).plane();
      const { data } = await plane.read({ x: 19_000, y: 18_000, width: 1000, height: 2000 });
      const stop = new AbortController();
      const reading = plane.read({ x: 0, y: 0, width: 20_000, height: 4000 }, { signal: stop.signal });
      setTimeout(() => stop.abort(), 20);
      const { code } = await t.outcome(reading);
      return [[plane.width, plane.height], data[0], data.at(-1), code];
    });
    assert.deepEqual([size, first, last, code], [[20_000, 20_000], 19_000 % 512, 19_999 % 512, 'aborted']);
  });

  test('is read by region from a server that answers ranges', async () => {
    const value = await page.evaluate(async () => {
      const plane = (await tiff.openTiff('/ranges.tif')).plane();
      return (await plane.read({ x: 5000, y: 5000, width: 1, height: 1 })).data[0];
    });
    assert.equal(value, 5000 % 512);
    assert.ok(sent.length > 2);
    const sum = sent.reduce((sum, length) => sum + length, 0);
    assert.ok(sum < 1.2 * 2 ** 17, `${sum} bytes in ${sent.length} parts`);
  });

  test('is downloaded from one that does not', async () => {
    const [width, missing] = await page.evaluate(async () => [
      (await tiff.openTiff(new URL('/huge.tif', location.href))).width,
      await t.outcome(tiff.openTiff('/none.tif')),
    ]);
    assert.equal(width, 20_000);
    assert.equal(missing.code, 'network');
    assert.match(missing.message, /none\.tif could not be downloaded: the server answered 404/);
  });
});
