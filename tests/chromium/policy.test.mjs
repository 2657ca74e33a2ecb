// Package and demo page under a Content Security Policy that allows what the README says, and nothing else.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';
import { visit } from './site.mjs';

const NEEDED = ["script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "connect-src 'self'"];
/** For the images and the look of the demo page. */
const PAGE = ["img-src 'self' blob:", "style-src 'self'", "manifest-src 'self'"];

let stand;
before(async () => {
  stand = await setUp({}, {}, { policy: ["default-src 'none'", ...NEEDED, ...PAGE].join('; ') });
});
after(() => stand.tearDown());

/** Records policy violations from now on. */
const watch = () => {
  globalThis.violations = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    violations.push(`${violatedDirective} ${blockedURI}`),
  );
};

/** Whether the page may evaluate strings, which no strict policy allows; later, as the test's own code always may. */
const mayEvaluate = () =>
  new Promise((resolve) => {
    setTimeout(() => {
      try {
        // biome-ignore lint/security/noGlobalEval: that it is refused is what is tested
        resolve(globalThis.eval('true'));
      } catch {
        resolve(false);
      }
    });
  });

describe('under a strict Content Security Policy', () => {
  test('the README names what is needed', async () => {
    const readme = await readFile(new URL('../../pkg/README.md', import.meta.url), 'utf8');
    for (const directive of NEEDED) assert.ok(readme.includes(`\`${directive}\``), directive);
  });

  for (const [backend, worker] of [
    ['cpu', true],
    ['cpu', false],
    ['webgpu', true],
  ]) {
    test(`the package works on ${backend}, ${worker ? 'in a worker' : "on the page's thread"}`, async () => {
      const page = await stand.page();
      await page.evaluate(watch);
      const [count, refused] = await page.evaluate(
        async ([backend, worker]) => {
          const segmenter = await t.load({ backend, worker });
          const { detections } = await segmenter.segment(await t.fetchBlob('/pictures/tiny.png'));
          segmenter.dispose();
          return [detections.length, violations];
        },
        [backend, worker],
      );
      assert.equal(count, 46);
      assert.deepEqual(refused, []);
      assert.equal(await page.evaluate(mayEvaluate), false);
      await page.close();
    });
  }

  test('the package does not need cross-origin isolation, which takes special headers', async () => {
    const page = await stand.page();
    const [isolated, shared, count] = await page.evaluate(async () => {
      const segmenter = await t.load();
      const { detections } = await segmenter.segment(await t.fetchBlob('/pictures/tiny.png'));
      segmenter.dispose();
      return [crossOriginIsolated, typeof SharedArrayBuffer, detections.length];
    });
    assert.deepEqual([isolated, shared, count], [false, 'undefined', 46]);
    await page.close();
  });

  test('the demo page works', async () => {
    // What is refused is an error on the console, which `close` takes for a failure.
    const site = await visit(stand);
    assert.ok((await site.count()) > 0);
    await site.close();
  });
});
