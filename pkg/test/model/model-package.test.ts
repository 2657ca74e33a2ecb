import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Manifest, MaskRcnnError, type ModelPackage } from '../../src/index.ts';
import { readModel } from '../../src/model/model.ts';
import { MODEL_PACKAGES } from '../../src/model/packages.ts';
import { checkLoadOptions, type LoadOptions } from '../../src/options.ts';

const PARTS = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];

/** A manifest of two files; only what is read before they are. */
const manifest = {
  name: 'two',
  weights: PARTS.map((bytes, i) => ({
    file: `two-${i}.safetensors`,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })),
} as unknown as Manifest;

const read = (model: unknown) => readModel(model as ModelPackage, { cache: false });

/** Tells an error of the package by its code and message. */
const isError = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof MaskRcnnError && error.code === code && message.test(error.message);

test('weights that are given as bytes are joined in their order', async () => {
  const progress: number[] = [];
  const model = await readModel(
    { manifest, weights: [PARTS[0], new Blob([PARTS[1]])] },
    { cache: false, onProgress: ({ loaded, total }) => progress.push(loaded, total ?? 0) },
  );
  assert.deepEqual([...new Uint8Array(await model.weights.arrayBuffer())], [1, 2, 3, 4, 5]);
  assert.equal(model.manifest, manifest);
  assert.deepEqual(progress, [3, 5, 5, 5]);
});

describe('a typed error for', () => {
  const wrong: Record<string, [unknown, ReturnType<typeof isError>]> = {
    'weights in another order': [
      { manifest, weights: [...PARTS].reverse() },
      isError('weights-integrity', /two-0\.safetensors has 2 bytes, the manifest says 3/),
    ],
    'damaged weights': [
      { manifest, weights: [PARTS[0], Uint8Array.of(4, 6)] },
      isError('weights-integrity', /the SHA-256 of two-1\.safetensors/),
    ],
    'too few weights': [
      { manifest, weights: [PARTS[0]] },
      isError('invalid-input', /must list where its manifest's 2 files are, in their order; it has 1/),
    ],
    'no weights': [{ manifest }, isError('invalid-input', /2 files are, in their order; it has undefined/)],
    'weights of no kind': [{ manifest, weights: [PARTS[0], 7] }, isError('invalid-input', /not a number/)],
    'no manifest': [{ manifest: null, weights: PARTS }, isError('weights-integrity', /`manifest` of the model/)],
    'a bundle that does not know its address': [
      {
        manifest,
        get weights() {
          return [new URL('./two-0.safetensors', undefined).href];
        },
      },
      isError('environment', /no `import\.meta\.url`, so the weights of 'two' are not found beside it: say where/),
    ],
    'a package that is still being imported': [Promise.resolve(), isError('invalid-input', /not Promise; `await` it/)],
  };
  for (const [what, [model, isExpected]] of Object.entries(wrong)) {
    test(what, () => assert.rejects(read(model), isExpected));
  }
});

for (const options of [undefined, {}, { model: null }]) {
  test(`every package is named to who calls load(${JSON.stringify(options) ?? ''})`, () => {
    assert.ok(MODEL_PACKAGES.length > 0);
    for (const { name, finds } of MODEL_PACKAGES) {
      const message = new RegExp(`\`npm install ${name}\` \\(${finds}\\)`);
      assert.throws(() => checkLoadOptions(options as unknown as LoadOptions), isError('invalid-input', message));
    }
  });
}
