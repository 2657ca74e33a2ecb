import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { install } from './setup.mjs';

let folder;
before(() => {
  folder = install();
});
after(() => rmSync(folder, { recursive: true }));

test('importing the package on a server does nothing', () => {
  const url = pathToFileURL(join(folder, 'package/dist/index.js'));
  // Everything that an import could be caught at: globals, the network, timers that keep the process alive.
  const script = `
    const before = Object.getOwnPropertyNames(globalThis);
    for (const name of ['fetch', 'setTimeout', 'queueMicrotask']) {
      globalThis[name] = () => { throw new Error(name + ' was called'); };
    }
    const { Segmenter, draw, COCO_LABELS } = await import('${url}');
    const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
    console.log(JSON.stringify([typeof Segmenter.load, typeof draw, COCO_LABELS.length, added]));
  `;
  const output = execFileSync('node', ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(output), ['function', 'function', 91, []]);
});
