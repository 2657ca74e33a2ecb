import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.wasm': 'application/wasm',
};

// As strict as the package promises to work under.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  // The server's other name, for images of another origin.
  "img-src 'self' blob: http://localhost:*",
  "media-src 'self' blob:",
  "manifest-src 'self'",
  "style-src 'self'",
].join('; ');

/**
 * Serves folders and files to this machine only, each under a path of its own. Where no folder is at `/`, that is an
 * empty page; `/trickle` is an answer that never ends, and what is POSTed to `/receive/NAME` lands in `received`.
 *
 * @param {Record<string, string>} places a path that ends in `/` names a folder, any other a file
 * @param {Record<string, Buffer | import('node:http').RequestListener>} bodies what is in memory, or answers by itself,
 * by path
 * @param {{ policy?: string | null, headers?: Record<string, string>, port?: number }} settings the Content Security
 * Policy, by default the strictest that works, `null` for none; more headers of every response; the port, by default any
 * free one
 * @throws if the port is in use
 */
export async function serve(places, bodies = {}, { policy = POLICY, headers = {}, port = 0 } = {}) {
  const received = new Map();
  const requests = [];

  /** The file at a path, which never leads out of a folder nor to what is hidden in it. */
  async function find(path) {
    const folder = Object.keys(places).find((place) => place.endsWith('/') && path.startsWith(place));
    if (!folder) return places[path];
    const parts = path.slice(folder.length).split('/');
    if (parts.some((part) => part.startsWith('.') || part.includes('\\'))) throw new Error(`${path} is not served`);
    const file = join(places[folder], ...parts);
    return (await stat(file)).isDirectory() ? join(file, 'index.html') : file;
  }

  async function answer(request, response) {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    requests.push(path);
    response.setHeaders(new Headers({ ...(policy && { 'content-security-policy': policy }), ...headers }));
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
    if (!['GET', 'HEAD'].includes(request.method)) return response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const file = await find(path);
    const { size } = await stat(file);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader('content-length', size);
    if (request.method === 'HEAD') return response.end();
    createReadStream(file).pipe(response);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(404).end());
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
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
