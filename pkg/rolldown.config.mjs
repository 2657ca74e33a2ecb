import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const INSTANCE = /^\.\.\/wasm\/(\w+)\.js\?instance$/;

/**
 * wasm-bindgen's modules keep the one wasm instance they have. A worker is thrown away with it; the page's own thread
 * needs a new instance after a failure, so there each module becomes a function that makes one.
 */
const instances = {
  name: 'instances',
  resolveId: (source) => (INSTANCE.test(source) ? { id: source } : null),
  load(id) {
    const name = INSTANCE.exec(id)?.[1];
    if (!name) return null;
    const source = readFileSync(fileURLToPath(new URL(`dist/wasm/${name}.js`, import.meta.url)), 'utf8');
    const exported = 'export { initSync, __wbg_init as default };';
    if (!source.includes(exported)) throw new Error(`${name}.js ends in another way than wasm-bindgen used to end it`);
    const names = [...source.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
    const body = source
      .replace(exported, `return { default: __wbg_init, ${names.join(', ')} };`)
      .replace(/^export (class|function)/gm, '$1');
    return `export function instantiate() {\n${body}\n}\n`;
  },
};

/** Of geotiff's decoders only that of JPEG is used (src/image/tiff/jpeg.ts); the others stay out of the package. */
const jpegOnly = {
  name: 'jpeg-only',
  load(id) {
    const [, decoder] = /geotiff[\\/]dist-module[\\/]compression[\\/](\w+)\.js$/.exec(id) ?? [];
    const isUnused = decoder && !['index', 'basedecoder', 'jpeg'].includes(decoder);
    return isUnused ? 'export default undefined; export const zstd = undefined;' : null;
  },
};

/** Adds the licences of the packages whose code is among the modules, and their sources' own notices. */
const licences = {
  name: 'licences',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}));
    const folderOf = (id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0];
    const folders = [...new Set(modules.map(folderOf))].filter(Boolean).sort();
    const texts = folders.map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
      if (!file) throw new Error(`${name} has no file with its licence`);
      const sources = modules.filter((id) => folderOf(id) === folder);
      const notices = sources.flatMap((id) => readFileSync(id, 'utf8').match(/\/\*\s+Copyright[\s\S]*?\*\//g) ?? []);
      const licence = readFileSync(join(folder, file), 'utf8').trim();
      return [`${name} ${version} (${license})`, licence, ...notices].join('\n\n');
    });
    const source = texts.join(`\n\n${'-'.repeat(80)}\n\n`);
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source: `${source}\n` });
  },
};

// The workers import wasm-bindgen's modules, which are told where their .wasm is: those stay as they are. `dist` is to `src` as
// an entry is to its output, so an import names `../wasm`, while a URL is resolved in `dist`, where `./wasm` is beside it.
export default defineConfig({
  input: {
    index: 'src/index.ts',
    debug: 'src/debug.ts',
    draw: 'src/draw.ts',
    tiff: 'src/tiff.ts',
    worker: 'src/runtime/worker.ts',
    'worker-cpu': 'src/runtime/worker-cpu.ts',
    'worker-webgpu': 'src/runtime/worker-webgpu.ts',
  },
  external: /\/wasm\/\w+\.js$/,
  plugins: [instances, jpegOnly, licences],
  tsconfig: 'tsconfig.json',
  output: { dir: 'dist', format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
});
