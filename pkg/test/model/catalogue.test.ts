// The catalogue of the models that are packages says what their manifests say.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODELS, modelPackages } from '../../model-packages.mjs';

const MAX_IMAGE_BYTES = 150_000;

const catalogue = readFileSync(join(MODELS, 'README.md'), 'utf8');
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

for (const { variable, name, finds, folder } of modelPackages()) {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const megabytes = manifest.weights.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0) / 1e6;

  test(`the catalogue shows ${variable} with its accuracy, size and licence, and an image of results`, () => {
    const { maskAp, maskAp50 } = manifest.accuracy;
    for (const said of [
      `npm install ${name}`,
      `${megabytes.toFixed(1)} MB`,
      manifest.licence,
      `${maskAp}`,
      `${maskAp50}`,
    ]) {
      assert.ok(catalogue.includes(said), `models/README.md does not say ${said} of ${variable}`);
    }
    assert.match(catalogue, new RegExp(`!\\[[^\\]]+\\]\\(${variable}/results\\.jpg\\)`));
    assert.ok(statSync(join(folder, 'results.jpg')).size <= MAX_IMAGE_BYTES);
  });

  test(`the package’s README lists ${name}`, () => {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
    assert.ok(row.includes(finds) && row.includes(`${megabytes.toFixed(1)} MB`), row);
  });
}
