import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const sizes = new Map();

/** Bytes of the JavaScript and wasm among some requests that came from a folder, each file after `gzip -9`, once. */
export function gzipBytes(requests, prefix, folder) {
  const code = new Set(requests.filter((path) => path.startsWith(prefix) && /\.(m?js|wasm)$/.test(path)));
  return [...code].reduce((sum, path) => sum + gzipSize(join(folder, path.slice(prefix.length))), 0);
}

function gzipSize(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(file), { level: 9 }).length);
  return sizes.get(file);
}
