import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turn } from '../../src/runtime/turn.ts';
import { Turns } from '../../src/runtime/turns.ts';

/** Calls that end on request, and what happened to them, in order. */
function calls() {
  const turns = new Turns();
  const log: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const call = (name: string, overlaps: boolean) =>
    turns
      .run(
        () => overlaps,
        () => {
          log.push(`${name} begins`);
          return new Promise<string>((resolve, reject) => ends.set(name, { resolve: () => resolve(name), reject }));
        },
      )
      .then(
        (answer) => log.push(`${answer} ends`),
        (error: Error) => log.push(`${name} ${error.message}`),
      );
  const end = async (name: string) => {
    ends.get(name)?.resolve();
    await turn();
  };
  const fail = async (name: string) => {
    ends.get(name)?.reject(new Error('fails'));
    await turn();
  };
  /** What happened since the last look. */
  const happened = async () => {
    await turn();
    return log.splice(0);
  };
  return { call, end, fail, happened };
}

test('calls that may not overlap run one after the other, whether they succeed or not', async () => {
  const { call, end, fail, happened } = calls();
  for (const name of ['a', 'b', 'c']) call(name, false);
  assert.deepEqual(await happened(), ['a begins']);
  await fail('a');
  assert.deepEqual(await happened(), ['a fails', 'b begins']);
  await end('b');
  assert.deepEqual(await happened(), ['b ends', 'c begins']);
});

test('of calls that may overlap two run at once, and begin in their order', async () => {
  const { call, end, fail, happened } = calls();
  for (const name of ['a', 'b', 'c', 'd']) call(name, true);
  assert.deepEqual(await happened(), ['a begins', 'b begins']);
  await end('b');
  assert.deepEqual(await happened(), ['b ends', 'c begins']);
  await fail('a');
  assert.deepEqual(await happened(), ['a fails', 'd begins']);
});

test('a call that may not overlap waits for all before it, and those after it wait for it', async () => {
  const { call, end, happened } = calls();
  call('a', true);
  call('b', true);
  call('drop', false);
  call('c', true);
  call('d', true);
  assert.deepEqual(await happened(), ['a begins', 'b begins']);
  await end('a');
  assert.deepEqual(await happened(), ['a ends']);
  await end('b');
  assert.deepEqual(await happened(), ['b ends', 'drop begins']);
  await end('drop');
  assert.deepEqual(await happened(), ['drop ends', 'c begins', 'd begins']);
});

test('whether a call may overlap is asked when those before it have begun', async () => {
  const turns = new Turns();
  let isLoaded = false;
  const load = turns.run(
    () => false,
    async () => {
      isLoaded = true;
    },
  );
  let asked: boolean | undefined;
  const segment = turns.run(
    () => {
      asked = isLoaded;
      return isLoaded;
    },
    async () => 'found',
  );
  assert.equal(asked, undefined);
  assert.deepEqual(await Promise.all([load, segment]), [undefined, 'found']);
  assert.equal(asked, true);
});
