import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.jpg': 'image/jpeg',
  '.wasm': 'application/wasm',
};

// As strict as the package promises to work under.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  // The server's other name, for pictures of another origin.
  "img-src 'self' blob: http://localhost:*",
  "media-src 'self' blob:",
  "manifest-src 'self'",
  "style-src 'self'",
].join('; ');

/**
 * Serves folders and files, each under a path of its own; `/` is an empty page, `/trickle` an answer that never ends,
 * and what is POSTed to `/receive/NAME` lands in `received`.
 *
 * @param {Record<string, string>} places a path that ends in `/` names a folder, any other a file
 * @param {Record<string, Buffer | import('node:http').RequestListener>} bodies what is in memory, or answers by itself,
 * by path
 * @param {{ policy?: string, headers?: Record<string, string> }} settings the Content Security Policy, by default the
 * strictest that works, and what else every answer says
 */
export async function serve(places, bodies = {}, { policy = POLICY, headers = {} } = {}) {
  const received = new Map();
  const requests = [];

  function find(path) {
    const folder = Object.keys(places).find((place) => place.endsWith('/') && path.startsWith(place));
    return folder ? join(places[folder], path.slice(folder.length) || 'index.html') : places[path];
  }

  async function answer(request, response) {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    requests.push(path);
    response.setHeaders(new Headers({ 'content-security-policy': policy, ...headers }));
    if (path === '/' && !places['/'])
      return response.setHeader('content-type', 'text/html').end('<!doctype html><title>test</title>');
    if (path === '/favicon.ico') return response.writeHead(204).end();
    if (typeof bodies[path] === 'function') return bodies[path](request, response);
    if (bodies[path]) return response.end(bodies[path]);
    if (path === '/trickle') return response.writeHead(200, { 'content-length': '1000000' }).write('some');
    if (path.startsWith('/receive/')) {
      const parts = await request.toArray();
      received.set(path.slice('/receive/'.length), Buffer.concat(parts));
      return response.writeHead(204).end();
    }
    const file = find(path);
    const found = await stat(file);
    if (!found.isFile()) throw new Error(`${file} is a folder`);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader('content-length', found.size);
    createReadStream(file).pipe(response);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    /** Bodies that were sent to `/receive/NAME`, by name. */
    received,
    /** Every path that was asked for, in order. */
    requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
