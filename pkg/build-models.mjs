// Makes the npm packages that hold models: of every folder of `models` with an `npm.json`, in its `dist`.
// node build-models.mjs [MODELS] [--out FOLDER], which then has a folder for each package, by its name

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { modelPackages } from './model-packages.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, 'pkg/package.json'), 'utf8'));
/** The licence of the repository, whose texts lie in its root. */
const OWN_LICENCE = { name: 'MIT OR Apache-2.0', files: ['LICENSE-MIT', 'LICENSE-APACHE'] };
const LINK = /!?\[([^\]]*)\]\(([^)\s]+)\)/g;

const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
for (const description of modelPackages(positionals[0])) {
  const { folder, name } = description;
  build(description, values.out === undefined ? join(folder, 'dist') : join(values.out, name));
}

/**
 * Makes one package.
 *
 * @param {import('./model-packages.mjs').Description} description
 * @param {string} dist where, in place of what is there
 * @throws where the weights are not what the manifest says, or a file is missing
 */
function build(description, dist) {
  const { folder, name } = description;
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const weights = manifest.weights.map(({ file }) => file);
  const { card, linked } = readCard(folder);
  for (const file of manifest.weights) check(folder, file);

  rmSync(dist, { recursive: true, force: true });
  const licences = copyLicences(folder, manifest, dist);
  for (const file of ['manifest.json', ...weights, ...linked]) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    cpSync(join(folder, file), join(dist, file));
  }
  const texts = {
    'index.js': script(description, manifest),
    'index.d.ts': types(description),
    'README.md': readme(description, card),
    'package.json': json({
      ...metadata(description, manifest),
      exports: {
        '.': { types: './index.d.ts', default: './index.js' },
        './manifest.json': './manifest.json',
        './*.safetensors': './*.safetensors',
        './package.json': './package.json',
      },
      files: ['index.js', 'index.d.ts', 'manifest.json', ...weights, ...linked, 'README.md', ...licences],
      peerDependencies: { 'maskrcnn-web': `^${version}` },
    }),
  };
  for (const [file, text] of Object.entries(texts)) writeFileSync(join(dist, file), text);
  const bytes = manifest.weights.reduce((sum, file) => sum + file.bytes, 0);
  console.log(`${name} ${version}: ${(bytes / 1e6).toFixed(1)} MB of weights.`);
}

function metadata({ name, finds, keywords }, { licence }) {
  return {
    name,
    version,
    description: `A model for maskrcnn-web that finds ${finds}.`,
    keywords: ['maskrcnn-web', 'mask-rcnn', ...keywords],
    license: licence,
    type: 'module',
    sideEffects: false,
  };
}

/** @throws unless a file of weights is what the manifest says; bundlers would deploy whatever it is */
function check(folder, { file, bytes, sha256 }) {
  if (!/^[\w.-]+\.safetensors$/.test(file))
    throw new Error(`${folder}: ${file} must be a .safetensors file in this folder`);
  const content = readFileSync(join(folder, file));
  const found = createHash('sha256').update(content).digest('hex');
  if (content.length !== bytes || found !== sha256) {
    throw new Error(
      `${join(folder, file)} has ${content.length} bytes and the SHA-256 ${found}; its manifest says others`,
    );
  }
}

/** Copies the texts of the weights' licence: the model's own, else the repository's, where it is that. */
function copyLicences(folder, { name, licence }, dist) {
  const own = readdirSync(folder).filter((file) => /^LICENSE/.test(file));
  const isOwn = own.length > 0;
  if (!isOwn && licence !== OWN_LICENCE.name) {
    throw new Error(`${folder} needs a LICENSE file: the manifest of '${name}' says its licence is ${licence}`);
  }
  const files = isOwn ? own : OWN_LICENCE.files;
  mkdirSync(dist, { recursive: true });
  for (const file of files) cpSync(join(isOwn ? folder : ROOT, file), join(dist, file));
  return files;
}

/**
 * A card as its package shows it, and the files of its folder that it links to, such as images. A link that leads out of the
 * folder becomes its text, as what it leads to is not in the package.
 *
 * @throws where a file that it links to is missing
 */
function readCard(folder) {
  const files = new Set();
  const linked = readFileSync(join(folder, 'README.md'), 'utf8').replace(LINK, (link, text, target) => {
    if (/^([a-z]+:|#)/.test(target)) return link;
    if (/^[./]/.test(target)) return text;
    if (!existsSync(join(folder, target))) throw new Error(`${folder}/README.md links to ${target}, which is missing`);
    files.add(target);
    return link;
  });
  // The package's own heading stands above the card's, and code has other lines that begin so.
  const parts = linked.split(/(^```.*?^```$)/ms);
  return { card: parts.map((part, i) => (i % 2 ? part : part.replace(/^#/gm, '##'))).join(''), linked: [...files] };
}

/** A module that knows where the weights are, and does nothing until it is asked. */
function script({ variable, finds }, manifest) {
  const indented = json(manifest).trimEnd().replaceAll('\n', '\n  ');
  const addresses = manifest.weights.map(({ file }) => `new URL('./${file}', import.meta.url).href`);
  return `/**
 * A model for maskrcnn-web that finds ${finds}: \`Segmenter.load({ model: ${variable} })\`.
 *
 * @type {import('maskrcnn-web').ModelPackage}
 */
export default {
  manifest: ${indented},
  // Bundlers recognise addresses of this form, and deploy the file. Not every script knows its own address, so it is
  // asked for when it is needed.
  get weights() {
    return [${addresses.join(', ')}];
  },
};
`;
}

function types({ variable, finds }) {
  return `import type { ModelPackage } from 'maskrcnn-web';

/** A model for maskrcnn-web that finds ${finds}: \`Segmenter.load({ model: ${variable} })\`. */
declare const ${variable}: ModelPackage;
export default ${variable};
`;
}

/** How the package is used, and the model's card below it. */
function readme({ name, variable, finds }, card) {
  return `# ${name}

A model for [maskrcnn-web](https://www.npmjs.com/package/maskrcnn-web) that finds ${finds}, in the browser.

\`\`\`sh
npm install maskrcnn-web ${name}
\`\`\`

\`\`\`js
import { Segmenter } from 'maskrcnn-web';
import ${variable} from '${name}';

const segmenter = await Segmenter.load({ model: ${variable} });
\`\`\`

Nothing needs to be copied: bundlers find the weights in the package and deploy them with the application. Its labels and
settings are \`${variable}.manifest\`, which is also \`${name}/manifest.json\`. maskrcnn-web's README says more, under
“The model”.

${card}`;
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
