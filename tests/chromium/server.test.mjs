import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from './server.mjs';

let server;
before(async () => {
  server = await serve({ '/': fileURLToPath(new URL('.', import.meta.url)) });
});
after(() => server.close());

/** What is answered for an address as it stands, which `fetch` would tidy up. */
function answerTo(path, method = 'GET') {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.origin);
    const sent = request({ host: '127.0.0.1', port, path, method }, async (response) => {
      const body = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, type: response.headers['content-type'], body });
    });
    sent.on('error', reject).end();
  });
}

describe('the server of the tests and the demo', () => {
  test('sends a file whole and with its type', async () => {
    const { status, type, body } = await answerTo('/server.mjs?x=1');
    assert.deepEqual([status, type], [200, 'text/javascript; charset=utf-8']);
    assert.equal(body, readFileSync(new URL('server.mjs', import.meta.url), 'utf8'));
    assert.equal((await answerTo('/%73erver.mjs')).status, 200);
    assert.equal((await answerTo('/pictures/tiny.png')).type, 'image/png');
    assert.equal((await answerTo('/pictures//tiny.png')).status, 200);
  });

  test('sends the head alone without the file', async () => {
    assert.deepEqual(await answerTo('/server.mjs', 'HEAD'), {
      status: 200,
      type: 'text/javascript; charset=utf-8',
      body: '',
    });
  });

  test('refuses missing files, and other methods', async () => {
    assert.equal((await answerTo('/no-such-file')).status, 404);
    assert.equal((await answerTo('/pictures')).status, 404);
    assert.equal((await answerTo('/server.mjs', 'POST')).status, 405);
  });

  for (const path of [
    '/../reference/rle.json',
    '/%2e%2e/reference/rle.json',
    '/pictures/..%2f..%2freference/rle.json',
    '/pictures/..%5c..%5creference%5crle.json',
    '/.git/config',
    '/%zz',
  ]) {
    test(`does not lead out of its folder: ${path}`, async () => assert.equal((await answerTo(path)).status, 404));
  }

  test('says where a port is in use', async () => {
    await assert.rejects(serve({}, {}, { port: Number(new URL(server.origin).port) }), { code: 'EADDRINUSE' });
  });
});
