import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { install } from '../chromium/setup.mjs';

let folder;
before(() => {
  folder = install();
});
after(() => rmSync(folder, { recursive: true }));

for (const [entry, name] of [
  ['index', 'draw'],
  ['draw', 'draw'],
  ['tiff', 'openTiff'],
]) {
  test(`importing ${entry}.js on a server does nothing`, () => {
    assert.deepEqual(imported(entry, name), ['function', []]);
  });
}

function imported(entry, name) {
  const url = pathToFileURL(join(folder, `package/dist/${entry}.js`));
  // Everything that an import could be caught at: globals, the network, timers that keep the process alive.
  const script = `
    const before = Object.getOwnPropertyNames(globalThis);
    for (const name of ['fetch', 'setTimeout', 'queueMicrotask']) {
      globalThis[name] = () => { throw new Error(name + ' was called'); };
    }
    const { ${name} } = await import('${url}');
    const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
    console.log(JSON.stringify([typeof ${name}, added]));
  `;
  const output = execFileSync('node', ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  return JSON.parse(output);
}
