// Packages are made of folders alone: a new model needs no new code.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BUILD = fileURLToPath(new URL('../../build-models.mjs', import.meta.url));
const PARTS = ['some-1.safetensors', 'some-2.safetensors'];

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const MANIFEST = {
  version: 2,
  name: 'cats',
  licence: 'MIT OR Apache-2.0',
  labels: ['background', 'cat'],
  weights: PARTS.map((file) => ({ file, bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') })),
};

/** The files of a model's folder, and what is different in them. */
function filesOf(different: Record<string, string | undefined>): Record<string, string | undefined> {
  return {
    'npm.json': JSON.stringify({ name: 'maskrcnn-web-cats', finds: 'cats', keywords: ['cat'] }),
    'manifest.json': JSON.stringify(MANIFEST),
    'README.md':
      '# Cats\n\n![Two cats](cats.jpg), and [more](../README.md).\n\n```sh\n# finds cats\n```\n\n## Limits\n',
    'cats.jpg': 'an image',
    'train.toml': 'is not for the package',
    ...Object.fromEntries(PARTS.map((file) => [file, file])),
    ...different,
  };
}

/** Makes the packages of a folder that has one model, and returns that one's. */
function build(different: Record<string, string | undefined> = {}, name = 'cats'): string {
  const models = mkdtempSync(join(tmpdir(), 'models-'));
  folders.push(models);
  const folder = join(models, name);
  for (const path of [folder, join(models, 'no-package')]) mkdirSync(path);
  for (const [file, text] of Object.entries(filesOf(different))) {
    if (text !== undefined) writeFileSync(join(folder, file), text);
  }
  execFileSync('node', [BUILD, models], { stdio: 'pipe' });
  assert.ok(!existsSync(join(models, 'no-package/dist')));
  return join(folder, 'dist');
}

test('a model of several files becomes a package that says where they are', async () => {
  const dist = build();
  const { default: cats } = await import(pathToFileURL(join(dist, 'index.js')).href);
  assert.deepEqual(cats.manifest, MANIFEST);
  assert.deepEqual(
    cats.weights.map((url: string) => readFileSync(new URL(url), 'utf8')),
    PARTS,
  );
  const { name, files, sideEffects, license, peerDependencies, version } = JSON.parse(
    readFileSync(join(dist, 'package.json'), 'utf8'),
  );
  assert.deepEqual([name, sideEffects, license], ['maskrcnn-web-cats', false, MANIFEST.licence]);
  assert.deepEqual(peerDependencies, { 'maskrcnn-web': `^${version}` });
  assert.ok(!files.includes('train.toml'));
  for (const file of files) assert.ok(existsSync(join(dist, file)), file);
});

test('the version is that of the package and of the crate', () => {
  const { version } = JSON.parse(readFileSync(join(build(), 'package.json'), 'utf8'));
  const crate = readFileSync(new URL('../../../Cargo.toml', import.meta.url), 'utf8');
  assert.match(crate, new RegExp(`^version = "${version}"$`, 'm'));
});

test('the card stands below how the package is used, with its images and without links to what is missing', () => {
  const dist = build();
  const readme = readFileSync(join(dist, 'README.md'), 'utf8');
  assert.match(readme, /^# maskrcnn-web-cats\n[\s\S]*import cats from 'maskrcnn-web-cats';[\s\S]*^## Cats\n/m);
  assert.match(readme, /!\[Two cats\]\(cats\.jpg\), and more\.[\s\S]*^# finds cats$[\s\S]*^### Limits$/m);
  assert.ok(existsSync(join(dist, 'cats.jpg')));
});

test('a licence of its own goes with the model', () => {
  const manifest = JSON.stringify({ ...MANIFEST, licence: 'CC-BY-4.0' });
  const dist = build({ 'manifest.json': manifest, LICENSE: 'Attribution' });
  const { license, files } = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'));
  assert.equal(license, 'CC-BY-4.0');
  assert.equal(readFileSync(join(dist, 'LICENSE'), 'utf8'), 'Attribution');
  assert.ok(files.includes('LICENSE') && !files.includes('LICENSE-MIT'));
});

describe('no package is made of', () => {
  const wrong: Record<string, [Record<string, string | undefined>, RegExp, string?]> = {
    'weights that are not what the manifest says': [{ [PARTS[1]]: 'some-3.safetensors' }, /its manifest says others/],
    'weights that are missing': [{ [PARTS[0]]: undefined }, /ENOENT/],
    'a model without a manifest': [{ 'manifest.json': undefined }, /ENOENT/],
    'a model without a card': [{ 'README.md': undefined }, /ENOENT/],
    'a card whose image is missing': [{ 'cats.jpg': undefined }, /links to cats\.jpg, which is missing/],
    'a licence without its text': [
      { 'manifest.json': JSON.stringify({ ...MANIFEST, licence: 'CC-BY-4.0' }) },
      /needs a LICENSE file/,
    ],
    'a description with a field that nobody reads': [
      { 'npm.json': JSON.stringify({ name: 'n', finds: 'f', keywords: [], version: '1.0.0' }) },
      /must have finds,keywords,name, not finds,keywords,name,version/,
    ],
    'a folder whose name no variable can have': [{}, /must have a name that code can use/, 'two-cats'],
  };
  for (const [what, [different, message, name]] of Object.entries(wrong)) {
    test(what, () => assert.throws(() => build(different, name), message));
  }
});
