import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramesInFlight } from '../src/frames-in-flight.ts';
import type { Frame } from '../src/image/frames.ts';
import type { SegmentResult } from '../src/result/result.ts';
import { turn } from '../src/runtime/turn.ts';

/** Frames by number, as many as there are; `log` has what happened to them. */
function frames({ count, max, failing }: { count: number; max: number; failing?: number }) {
  const log: string[] = [];
  const done = new Map<number, () => void>();
  let taken = 0;
  const inFlight = new FramesInFlight({
    next: async () => {
      if (taken === count) return undefined;
      const time = taken++;
      log.push(`take ${time}`);
      return { image: { close: () => log.push(`close ${time}`) }, time, dropped: 0 } as unknown as Frame;
    },
    work: ({ time }) => {
      if (time === failing) return Promise.reject(new Error(`frame ${time} fails`));
      return new Promise<SegmentResult>((resolve) => done.set(time, () => resolve({} as SegmentResult)));
    },
    max,
  });
  const happened = async () => {
    await turn();
    return log.splice(0);
  };
  return { inFlight, done, happened };
}

for (const max of [1, 2]) {
  test(`${max} at once: no more are taken until the oldest is closed, and they come in order`, async () => {
    const { inFlight, done, happened } = frames({ count: 4, max });
    assert.deepEqual(await happened(), max === 1 ? ['take 0'] : ['take 0', 'take 1']);
    // The second is done first, and still comes second.
    done.get(1)?.();
    const order: number[] = [];
    for (let open = await inFlight.oldest(); open; open = await inFlight.oldest()) {
      const { time } = open.frame;
      done.get(time)?.();
      await open.result;
      order.push(time);
      assert.deepEqual(await happened(), [], 'while the caller has a frame');
      inFlight.closeOldest();
      const next = time + max < 4 ? [`take ${time + max}`] : [];
      assert.deepEqual(await happened(), [`close ${time}`, ...next]);
    }
    assert.deepEqual(order, [0, 1, 2, 3]);
  });
}

test('closing closes every frame, and the one that is being taken', async () => {
  const { inFlight, happened } = frames({ count: 9, max: 2 });
  await happened();
  inFlight.close();
  assert.deepEqual(await happened(), ['close 0', 'close 1']);
  assert.equal(await inFlight.oldest(), undefined);

  const log: string[] = [];
  let give = (_: Frame) => {};
  const late = new FramesInFlight({
    next: () => new Promise((resolve) => (give = resolve)),
    work: async () => ({}) as SegmentResult,
    max: 2,
  });
  late.close();
  give({ image: { close: () => log.push('closed') }, time: 0, dropped: 0 } as unknown as Frame);
  await turn();
  assert.deepEqual(log, ['closed']);
});

test('what fails is told in its turn', async () => {
  const { inFlight, done } = frames({ count: 3, max: 2, failing: 1 });
  const first = await inFlight.oldest();
  done.get(0)?.();
  await first?.result;
  inFlight.closeOldest();
  const second = await inFlight.oldest();
  await assert.rejects(async () => second?.result, /frame 1 fails/);

  const broken = new FramesInFlight({
    next: () => Promise.reject(new Error('the camera is gone')),
    work: async () => ({}) as SegmentResult,
    max: 2,
  });
  await assert.rejects(broken.oldest(), /the camera is gone/);
});
