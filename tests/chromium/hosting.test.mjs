// Pages whose server, policy or URL get in the engine's way: it starts, or says what to change.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from './launch.mjs';
import { serve } from './server.mjs';
import { install } from './setup.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const HTML = Buffer.from('<!doctype html>\n<title>The page of an application</title>');

let folder;
let browser;
let cdn;
const servers = [];
before(async () => {
  folder = install();
  browser = await launch();
  cdn = await host({}, { headers: { 'access-control-allow-origin': '*' } });
});
after(async () => {
  await browser?.close();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** Starts a server with the packed package, at `/package/` and `/spa/`. */
async function host(bodies, settings) {
  const dist = join(folder, 'package/dist');
  const places = { '/package/': dist, '/spa/': dist, '/models/': at('../../models'), '/pictures/': at('pictures') };
  const server = await serve(places, bodies, settings);
  servers.push(server);
  return server;
}

/** A Content Security Policy of these directives and nothing else. */
const policy = (...directives) => ["default-src 'none'", ...directives].join('; ');
const OWN = ["script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "connect-src 'self'"];
const fromCdn = () => [`script-src ${cdn.origin} 'wasm-unsafe-eval'`, `connect-src 'self' ${cdn.origin}`];

/** Finds the objects of an image, with the package at an address: how many, or the error, in the page or any worker. */
async function find([address, options = {}]) {
  const { Segmenter, MaskRcnnError } = await import(address);
  try {
    const segmenter = await Segmenter.load({
      model: '/models/reference-tiny.safetensors',
      settings: { input: { minSize: 128 }, proposals: { preNmsTopN: 500, postNmsTopN: 200 } },
      backend: 'cpu',
      ...options,
    });
    const response = await fetch('/pictures/tiny.png');
    const { detections } = await segmenter.segment(await response.blob());
    segmenter.dispose();
    return { count: detections.length };
  } catch (error) {
    return { code: error instanceof MaskRcnnError ? error.code : `untyped: ${error}`, message: error.message };
  }
}

/** Opens an empty page of a server and looks for objects there. */
async function found(server, options, address = '/package/index.js') {
  const page = await browser.newPage();
  try {
    await page.goto(server.origin);
    return await page.evaluate(find, [new URL(address, server.origin).href, options]);
  } finally {
    await page.close();
  }
}

describe('a package that is served from another origin', () => {
  for (const [backend, worker] of [
    ['cpu', true],
    ['webgpu', true],
    ['cpu', false],
  ]) {
    test(`works on ${backend}, ${worker ? 'in a worker' : "on the page's thread"}`, async () => {
      const server = await host({}, { policy: policy(...fromCdn(), 'worker-src blob:') });
      const address = `${cdn.origin}/package/index.js`;
      assert.deepEqual(await found(server, { backend, worker }, address), { count: 46 });
    });
  }

  test('says which policy its worker needs', async () => {
    const server = await host({}, { policy: policy(...fromCdn(), "worker-src 'self'") });
    const { code, message } = await found(server, {}, `${cdn.origin}/package/index.js`);
    assert.equal(code, 'environment');
    assert.match(message, /Content Security Policy refuses it: add `blob:` to its `worker-src`/);
  });
});

describe('a page that demands Trusted Types', () => {
  const DEMAND = "require-trusted-types-for 'script'";

  for (const worker of [true, false]) {
    test(`${worker ? 'starts the worker' : 'needs no worker'} with the policy \`maskrcnn-web\``, async () => {
      const server = await host({}, { policy: policy(...OWN, DEMAND, 'trusted-types maskrcnn-web') });
      assert.deepEqual(await found(server, { worker }), { count: 46 });
    });
  }

  test('starts the worker of a package on another origin', async () => {
    const rules = [...fromCdn(), 'worker-src blob:', DEMAND, 'trusted-types maskrcnn-web'];
    const server = await host({}, { policy: policy(...rules) });
    assert.deepEqual(await found(server, {}, `${cdn.origin}/package/index.js`), { count: 46 });
  });

  test('whose policy does not allow that is an error that says so', async () => {
    const server = await host({}, { policy: policy(...OWN, DEMAND, 'trusted-types other') });
    const { code, message } = await found(server);
    assert.equal(code, 'environment');
    assert.match(message, /demands Trusted Types: allow the policy, `trusted-types maskrcnn-web`/);
  });

  test('leaves a page alone that restricts policies only', async () => {
    const server = await host({}, { policy: policy(...OWN, 'trusted-types other') });
    assert.deepEqual(await found(server), { count: 46 });
  });
});

describe('a Content Security Policy', () => {
  const refusals = {
    "without 'wasm-unsafe-eval', in a worker": [
      ["script-src 'self'", "worker-src 'self'", "connect-src 'self'"],
      true,
      'environment',
      /add `'wasm-unsafe-eval'` to its `script-src`/,
    ],
    "without 'wasm-unsafe-eval', on the page": [
      ["script-src 'self'", "connect-src 'self'"],
      false,
      'environment',
      /add `'wasm-unsafe-eval'` to its `script-src`/,
    ],
    'without workers': [
      ["script-src 'self' 'wasm-unsafe-eval'", "worker-src 'none'", "connect-src 'self'"],
      true,
      'environment',
      /worker-cpu\.js cannot be started: .*add `'self'` to its `worker-src`/,
    ],
    'without connections': [
      ["script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'"],
      true,
      'network',
      /reference-tiny\.safetensors: .*add `'self'` to its `connect-src`/,
    ],
  };
  for (const [what, [directives, worker, expected, wanted]] of Object.entries(refusals)) {
    test(`${what} is an error that says what to add`, async () => {
      const server = await host({}, { policy: policy(...directives) });
      const { code, message } = await found(server, { worker });
      assert.equal(code, expected, message);
      assert.match(message, wanted);
    });
  }
});

describe('a server that lacks some of the package', () => {
  const WASM = '/spa/wasm/maskrcnn_cpu_relaxed_bg.wasm';
  const missing = (_request, response) => response.writeHead(404).end();
  const page = (_request, response) => response.setHeader('content-type', 'text/html').end(HTML);
  const lacks = {
    'the worker’s script': ['/spa/worker-cpu.js', missing, true, /worker-cpu\.js cannot be started: .*answered 404/],
    'the worker’s script, and answers with its page': [
      '/spa/worker-cpu.js',
      page,
      true,
      /its script is an HTML page \(status 200, text\/html\)/,
    ],
    'the script of the page’s thread': ['/spa/page-cpu.js', missing, false, /script did not load.*page-cpu\.js/],
    'the wasm module': [WASM, missing, true, /wasm module http.*relaxed_bg\.wasm answered 404.*`load\(\{ wasm \}\)`/],
    'the wasm module, and answers with its page': [WASM, page, true, /relaxed_bg\.wasm is an HTML page \(status 200/],
    'the wasm module, on the page': [WASM, page, false, /relaxed_bg\.wasm is an HTML page \(status 200/],
    'the end of the wasm module': [
      WASM,
      (_request, response) => response.setHeader('content-type', 'application/wasm').end('\0asm\x01\0\0\0\x01'),
      true,
      /relaxed_bg\.wasm is damaged/,
    ],
  };
  for (const [what, [path, answer, worker, wanted]] of Object.entries(lacks)) {
    test(`${what}, is named`, async () => {
      const server = await host({ [path]: answer });
      const { code, message } = await found(server, { worker }, '/spa/index.js');
      assert.equal(code, 'environment', message);
      assert.match(message, wanted);
    });
  }
});

describe('besides pages and their workers,', () => {
  const scripts = {
    '/inner.mjs': Buffer.from(`
      ${find}
      const answer = async (port) => port.postMessage(await find([new URL('/package/index.js', location).href]));
      self.onmessage = ({ ports: [port] }) => answer(port);
      self.onconnect = ({ ports: [port] }) => answer(port);
    `),
  };
  const javascript = { '/inner.mjs': (_request, response) => serveScript(response, scripts['/inner.mjs']) };
  const serveScript = (response, body) => response.setHeader('content-type', 'text/javascript').end(body);

  test('a shared worker runs the network itself', async () => {
    const server = await host(javascript);
    const page = await browser.newPage();
    await page.goto(server.origin);
    const outcome = await page.evaluate(async () => {
      const { port } = new SharedWorker('/inner.mjs', { type: 'module' });
      return new Promise((resolve) => {
        port.onmessage = ({ data }) => resolve(data);
      });
    });
    assert.deepEqual(outcome, { count: 46 });
    await page.close();
  });

  test('in a service worker the error says to run it in the page', async () => {
    const body = `
      import * as maskrcnn from '/package/index.js';
      self.onmessage = async ({ ports: [port] }) => {
        const model = '/models/reference-tiny.safetensors';
        const { code, message } = await maskrcnn.Segmenter.load({ model }).catch((error) => error);
        port.postMessage({ code, message });
      };
    `;
    const server = await host({ '/service.mjs': (_request, response) => serveScript(response, body) });
    const page = await browser.newPage();
    await page.goto(server.origin);
    const { code, message } = await page.evaluate(async () => {
      await navigator.serviceWorker.register('/service.mjs', { type: 'module' });
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      active.postMessage('load', [port2]);
      return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
      });
    });
    assert.equal(code, 'environment', message);
    assert.match(message, /a service worker may neither start workers nor load modules later on; load .* on the page/);
    await page.close();
  });

  test('a page works whose service worker answers every request', async () => {
    const body = `
      self.addEventListener('install', () => self.skipWaiting());
      self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
      self.addEventListener('fetch', (event) => {
        const copy = async () => {
          const response = await fetch(event.request);
          return new Response(await response.blob(), { headers: response.headers });
        };
        event.respondWith(copy());
      });
    `;
    const server = await host({ '/service.js': (_request, response) => serveScript(response, body) });
    const page = await browser.newPage();
    await page.goto(server.origin);
    await page.evaluate(async () => {
      const controlled = new Promise((resolve) => {
        navigator.serviceWorker.oncontrollerchange = resolve;
      });
      await navigator.serviceWorker.register('/service.js');
      await controlled;
    });
    assert.deepEqual(await page.evaluate(find, [`${server.origin}/package/index.js`]), { count: 46 });
    await page.close();
  });
});
