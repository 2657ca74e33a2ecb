import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disposed, type MaskRcnnError } from '../../src/errors.ts';
import { EnginePool, IDLE_MS } from '../../src/runtime/engine-pool.ts';

class FakeEngine {
  reason: MaskRcnnError | undefined;

  get ended(): boolean {
    return this.reason !== undefined;
  }

  end(reason: MaskRcnnError): void {
    this.reason ??= reason;
  }
}

function pool() {
  const opened: FakeEngine[] = [];
  const engines = new EnginePool(async () => {
    const engine = new FakeEngine();
    opened.push(engine);
    return engine;
  });
  return { opened, engines };
}

test('an engine that was given back is lent again, and one that has ended is not', async () => {
  const { opened, engines } = pool();
  const first = await engines.borrow();
  const second = await engines.borrow();
  assert.equal(opened.length, 2);
  engines.giveBack(first, { isBusy: false });
  assert.equal(await engines.borrow(), first);
  engines.giveBack(second, { isBusy: true });
  assert.equal(second.reason?.code, 'aborted');
  assert.notEqual(await engines.borrow(), second);
  assert.equal(opened.length, 3);
  engines.dispose(disposed());
});

test('engines end when none was lent for a while', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { opened, engines } = pool();
  const [first, second] = [await engines.borrow(), await engines.borrow()];
  engines.giveBack(first, { isBusy: false });
  context.mock.timers.tick(IDLE_MS * 2);
  assert.ok(!first.ended, 'one is still lent');
  engines.giveBack(second, { isBusy: false });
  context.mock.timers.tick(IDLE_MS - 1);
  engines.giveBack(await engines.borrow(), { isBusy: false });
  context.mock.timers.tick(IDLE_MS - 1);
  assert.ok(!first.ended && !second.ended, 'one was lent in between');
  context.mock.timers.tick(1);
  assert.ok(first.ended && second.ended);
  assert.equal(opened.length, 2);
});

test('disposing ends all: those that are free, lent, or about to start', async () => {
  const { opened, engines } = pool();
  const free = await engines.borrow();
  const lent = await engines.borrow();
  engines.giveBack(free, { isBusy: false });
  await engines.borrow();
  const late = engines.borrow();
  engines.dispose(disposed());
  await assert.rejects(late, { code: 'disposed' });
  assert.equal(lent.reason?.code, 'disposed');
  assert.deepEqual(
    opened.map(({ ended }) => ended),
    [true, true, true],
  );
  await assert.rejects(engines.borrow(), { code: 'disposed' });
});
