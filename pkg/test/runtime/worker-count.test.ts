import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWorkers, workersFor } from '../../src/runtime/worker-count.ts';
import { isInvalid } from '../fixtures.ts';

/** The number of workers for a model of that size on such a machine. */
function on(machine: { hardwareConcurrency?: number; deviceMemory?: number }, modelBytes: number): number {
  Object.defineProperty(globalThis, 'navigator', { value: machine, configurable: true });
  return workersFor('auto', modelBytes);
}

test('there is a worker for each core', () => {
  assert.equal(on({ hardwareConcurrency: 2, deviceMemory: 8 }, 8e6), 2);
  assert.equal(on({ hardwareConcurrency: 4, deviceMemory: 8 }, 8e6), 4);
});

test('there are fewer where memory is short or the model is large, and always one', () => {
  const machine = { hardwareConcurrency: 16, deviceMemory: 8 };
  assert.ok(on(machine, 8e6) < 16);
  assert.ok(on(machine, 180e6) < on(machine, 8e6));
  assert.equal(on({ hardwareConcurrency: 16, deviceMemory: 0.25 }, 180e6), 1);
});

test('a browser that tells nothing gets one worker', () => {
  assert.equal(on({}, 8e6), 1);
});

test('a number is taken as it is, where it is one', () => {
  assert.equal(workersFor(3, 8e6), 3);
  for (const workers of [undefined, 'auto', 1, 64]) checkWorkers(workers);
  for (const workers of [0, 65, 1.5, Number.NaN, '2', null, true]) {
    assert.throws(() => checkWorkers(workers), isInvalid(/workers/), String(workers));
  }
});
