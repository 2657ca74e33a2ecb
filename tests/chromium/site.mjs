import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const DONE = /^[\d,]+ of [\d,]+ (nuclei|objects) score above \d+ %( and pass the filters)?\./;

/** A file beside the tests. */
export const file = (path) => readFile(new URL(path, import.meta.url));

/**
 * Opens the demo page as `setUp` serves it and waits for its first result.
 *
 * Errors, warnings and requests to other origins are recorded; `close` fails if there were any. The service worker is
 * blocked by default, as it would load the whole site each time.
 */
export async function visit(stand, options = {}) {
  const problems = [];
  const page = await stand.browser.newPage({ serviceWorkers: 'block', ...options });
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => problems.push(`error: ${error}`));
  page.on('console', (message) => {
    // Blocking the service worker is the tests' doing, and a browser without a GPU says so itself.
    const isExpected = /blocked by Playwright|No available adapters/.test(message.text());
    if (!['error', 'warning'].includes(message.type()) || isExpected) return;
    problems.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'blob:' && origin !== stand.server.origin) problems.push(`request: ${request.url()}`);
  });
  await page.goto(`${stand.server.origin}/deep/down/`);

  const site = {
    page,
    textOf: (selector) => page.locator(selector).textContent(),
    /** How many objects the list shows. */
    count: () => page.locator('#list [role=option]:visible').count(),
    /** The pixels of the large canvas. */
    shown: () => page.evaluate(() => document.querySelector('#canvas').toDataURL()),
    /** Waits until the network has answered. */
    done: () =>
      page.waitForFunction(
        (pattern) =>
          new RegExp(pattern).test(document.querySelector('#status').textContent) &&
          document.querySelector('#progress').hidden,
        DONE.source,
      ),
    /** Waits until an image of this size has been segmented. */
    sees: (size) =>
      page.waitForFunction((size) => document.querySelector('#fact-picture').textContent.includes(size), size),
    /** Drops a file on the page, as a visitor would. */
    async drop(name, bytes) {
      const data = await page.evaluateHandle(
        ({ name, base64 }) => {
          const transfer = new DataTransfer();
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([bytes], name));
          return transfer;
        },
        { name, base64: bytes.toString('base64') },
      );
      await page.dispatchEvent('body', 'dragover', { dataTransfer: data });
      await page.dispatchEvent('body', 'drop', { dataTransfer: data });
    },
    async close() {
      await page.context().close();
      assert.deepEqual(problems, []);
    },
  };
  await site.done();
  return site;
}
