// Serves the demo site, as `build-site.mjs` puts it together, to this machine.
// node serve-site.mjs FOLDER [--port N], by default port 8080 or, where that is in use, any free one

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from '../tests/chromium/server.mjs';

const USUAL_PORT = 8080;

const { values, positionals } = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true });
const [folder] = positionals;
if (!folder) throw new Error('the folder with the site is missing');
const { origin } = await open(values.port === undefined ? [USUAL_PORT, 0] : [Number(values.port)]);
console.log(`The demo is at ${origin.replace('127.0.0.1', 'localhost')}/ (Ctrl+C ends it).`);

/** Serves at the first of these ports that is free. */
async function open([port, ...others]) {
  // The page brings its own Content Security Policy.
  const settings = { policy: null, headers: { 'cache-control': 'no-cache' }, port };
  return serve({ '/': resolve(folder) }, {}, settings).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    if (others.length === 0) throw new Error(`port ${port} is in use; choose another with --port`);
    return open(others);
  });
}
