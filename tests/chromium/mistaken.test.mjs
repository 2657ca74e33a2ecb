// What servers answer in a model's place: each is named, with its address and what to do; some is found all the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serve } from './server.mjs';
import { setUp } from './setup.mjs';

const read = (path) => readFileSync(new URL(`../../models/${path}`, import.meta.url));
const manifest = read('nuclei/manifest.json');
const [{ file: weights }] = JSON.parse(manifest).weights;
const checkpoint = read('reference-tiny.safetensors');

/** Answers with these bytes, as this type. */
const as = (type, body) => (_request, response) => response.setHeader('content-type', type).end(body);
const moved = (location) => (_request, response) => response.writeHead(302, { location }).end();
const status = (code) => (_request, response) => response.writeHead(code).end('no');

const HTML = as('text/html; charset=utf-8', '<!-- built -->\n<!DOCTYPE html>\n<title>An application</title>');
const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 178090079\n';
const bodies = {
  '/spa/model.safetensors': HTML,
  '/spa/manifest.json': HTML,
  '/spa/nuclei': HTML,
  '/spa/nuclei/': HTML,
  '/spa/nuclei/manifest.json': HTML,
  '/lfs.pth': as('application/octet-stream', POINTER),
  '/empty.pth': as('application/octet-stream', ''),
  '/gzip.safetensors': as('application/octet-stream', gzipSync(checkpoint)),
  '/denied.safetensors': as('application/xml', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
  '/403.safetensors': status(403),
  '/500.safetensors': status(500),
  '/text.json': as('text/plain', 'nothing here'),
  '/other.json': as('application/json', '{"error": "not found"}'),
  '/cut.pth': as('application/octet-stream', checkpoint.subarray(0, 5000)),
  '/page/manifest.json': as('application/json', manifest),
  [`/page/${weights}`]: HTML,
  '/lfs/manifest.json': as('application/json', manifest),
  [`/lfs/${weights}`]: as('application/octet-stream', POINTER),
  // Folders, and addresses that lead to them.
  '/listed': moved('/listed/'),
  '/listed/': HTML,
  '/listed/manifest.json': as('application/json', manifest),
  [`/listed/${weights}`]: moved(`/models/nuclei/${weights}`),
  '/newest': moved('/models/nuclei/manifest.json'),
  '/newest.json': moved('/models/nuclei/manifest.json'),
  // As stores do that know each file by its hash only.
  '/hashed/manifest.json': moved('/store/a1b2c3'),
  '/store/a1b2c3': as('application/octet-stream', manifest),
  [`/hashed/${weights}`]: moved(`/models/nuclei/${weights}`),
  '/marked.json': moved('/marked/manifest.json'),
  '/marked/manifest.json': as('application/json', Buffer.concat([Buffer.from('\ufeff'), manifest])),
  [`/marked/${weights}`]: moved(`/models/nuclei/${weights}`),
};

let stand;
let other;
let page;
before(async () => {
  stand = await setUp({ gpu: false }, bodies, { policy: "script-src 'self' 'wasm-unsafe-eval'" });
  const places = { '/nuclei/': new URL('../../models/nuclei', import.meta.url).pathname };
  other = await serve(places, {}, { headers: { 'access-control-allow-origin': '*' } });
  bodies['/elsewhere/manifest.json'] = moved(`${other.origin}/nuclei/manifest.json`);
  page = await stand.page();
  await page.evaluate(() => {
    /** How loading ends: the model's name, or the error. */
    globalThis.endOf = async (model, options) => {
      try {
        const segmenter = await t.maskrcnn.Segmenter.load({ model, backend: 'cpu', cache: false, ...options });
        segmenter.dispose();
        return { code: 'none', message: segmenter.manifest?.name ?? segmenter.architecture };
      } catch (error) {
        return {
          code: error instanceof t.maskrcnn.MaskRcnnError ? error.code : `untyped: ${error}`,
          message: error.message,
        };
      }
    };
  });
});
after(async () => {
  await stand.tearDown();
  other.close();
});

const endOf = (model) => page.evaluate((model) => endOf(model), model);

describe('in a model’s place,', () => {
  const answers = {
    'an application’s page': [
      '/spa/model.safetensors',
      'weights-integrity',
      /is an HTML page \(status 200, text\/html.*“\/”/,
    ],
    'an application’s page as the manifest': [
      '/spa/manifest.json',
      'weights-integrity',
      /is an HTML page \(status 200/,
    ],
    'an application’s page as one of the weights': [
      '/page/manifest.json',
      'weights-integrity',
      new RegExp(`/page/${weights} is an HTML page`),
    ],
    'an application’s page as a folder': [
      '/spa/nuclei/',
      'weights-integrity',
      /\/spa\/nuclei\/ is an HTML page.* As a folder: .*\/spa\/nuclei\/manifest\.json is an HTML page/,
    ],
    'an application’s page as a folder without a slash': [
      '/spa/nuclei',
      'weights-integrity',
      /\/spa\/nuclei is an HTML page.* As a folder: .*\/spa\/nuclei\/manifest\.json is an HTML page/,
    ],
    'a Git LFS pointer': ['/lfs.pth', 'weights-integrity', /lfs\.pth is a Git LFS pointer .*`git lfs pull`/],
    'a Git LFS pointer as one of the weights': ['/lfs/manifest.json', 'weights-integrity', /is a Git LFS pointer/],
    nothing: ['/empty.pth', 'weights-integrity', /empty\.pth is an empty file \(status 200/],
    'a compressed file': [
      '/gzip.safetensors',
      'weights-integrity',
      /gzip\.safetensors is compressed with gzip .*unpack/,
    ],
    'a store’s error': ['/denied.safetensors', 'weights-integrity', /is an XML document .*private/],
    'a missing file': [
      '/models/none.safetensors',
      'network',
      /none\.safetensors answered 404 Not Found: .*check the path/,
    ],
    'a missing folder': [
      '/models/none/',
      'network',
      /\/models\/none\/ answered 404.* As a folder: .*none\/manifest\.json answered 404/,
    ],
    'a package’s weights that no bundler deployed': [
      { manifest: JSON.parse(manifest), weights: ['/models/none.safetensors'] },
      'network',
      /none\.safetensors answered 404.*say where they are, `load\(\{ model: \{ manifest, weights: \[urlOrBytes\] \} \}\)`/,
    ],
    'an application’s page as a package’s weights': [
      { manifest: JSON.parse(manifest), weights: ['/spa/model.safetensors'] },
      'weights-integrity',
      /model\.safetensors is an HTML page.*“Serving it”/,
    ],
    'a private file': ['/403.safetensors', 'network', /answered 403 Forbidden: .*private/],
    'a failing server': ['/500.safetensors', 'network', /answered 500 Internal Server Error: .*try again/],
    'a server of another origin without CORS': [
      'http://localhost:9/model.pth',
      'network',
      /http:\/\/localhost:9\/model\.pth: .*`Access-Control-Allow-Origin: http:\/\/127\.0\.0\.1:\d+`/,
    ],
    'text as the manifest': ['/text.json', 'weights-integrity', /text\.json \(status 200, text\/plain\) is no JSON/],
    'another JSON as the manifest': [
      '/other.json',
      'weights-integrity',
      /\/other\.json: 'weights' must be a list of files/,
    ],
    'a damaged checkpoint, which the engine finds out': ['/cut.pth', 'weights-integrity', /http.*\/cut\.pth: /],
    'an invalid URL': ['http://[', 'invalid-input', /URL is not valid: http:\/\/\[/],
  };
  for (const [what, [model, expected, wanted]] of Object.entries(answers)) {
    test(`${what} is named`, async () => {
      const { code, message } = await endOf(model);
      assert.equal(code, expected, message);
      assert.match(message, wanted);
    });
  }

  test('a network that does not fit keeps its code and is named', async () => {
    const model = '/models/reference-tiny.safetensors';
    const { code, message } = await page.evaluate((model) => endOf(model, { checkpoint: { numClasses: 3 } }), model);
    assert.equal(code, 'weights-incompatible');
    assert.match(message, /http.*\/reference-tiny\.safetensors: /);
  });

  test('a pointer among files that a visitor chose is named', async () => {
    const ends = await page.evaluate(
      async ([manifest, weights, pointer]) => {
        const files = [new File([manifest], 'manifest.json'), new File([pointer], weights)];
        return [await endOf(files), await endOf(files[1]), await endOf(files[0])];
      },
      [manifest.toString(), weights, POINTER],
    );
    assert.deepEqual(
      ends.map(({ code }) => code),
      ['weights-integrity', 'weights-integrity', 'invalid-input'],
    );
    for (const { message } of ends.slice(0, 2))
      assert.ok(message.startsWith(`${weights} is a Git LFS pointer`), message);
    assert.match(ends[2].message, /a manifest, without the weights: give all files/);
  });
});

describe('a model is found', () => {
  const ways = {
    'by its folder': '/models/nuclei/',
    'by its folder, and a query': '/models/nuclei/?version=2',
    'by its folder without a slash': '/models/nuclei',
    'by a folder that is redirected to a listing of it': '/listed',
    'by a redirect to its manifest': '/newest.json',
    'by a redirect to its manifest, from an address that says nothing': '/newest',
    'by a redirect of each of its files': '/hashed/manifest.json',
    'by a redirect to another origin': '/elsewhere/manifest.json',
    'although its manifest begins with a byte order mark': '/marked.json',
  };
  for (const [way, model] of Object.entries(ways)) {
    test(way, async () => {
      assert.deepEqual(await endOf(model), { code: 'none', message: JSON.parse(manifest).name });
    });
  }

  test('in a Response with its manifest', async () => {
    const end = await page.evaluate(async () => endOf(await fetch('/newest')));
    assert.deepEqual(end, { code: 'none', message: JSON.parse(manifest).name });
  });
});
