// Tiles that are shared among engines that fail, hang or never start; each tells which tile it has by its pixels.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MaskRcnnError } from '../../src/errors.ts';
import type { EngineResult } from '../../src/runtime/engine.ts';
import type { Caller } from '../../src/runtime/supervisor.ts';
import { runTiles, twice } from '../../src/tiles/run-tiles.ts';
import { type Job, TileQueue } from '../../src/tiles/tile-queue.ts';

type Work = (tile: number, signal: AbortSignal | undefined) => Promise<void> | void;

interface Shown extends Job {
  tile: number;
}

const jobs = (count: number, from = 0): Shown[] =>
  Array.from({ length: count }, (_, index) => ({
    tile: from + index,
    region: { x: 0, y: 0, width: 1, height: 1 },
    failures: 0,
  }));

const failing = (code: ErrorCode) => () => {
  throw new MaskRcnnError(code, `the engine failed: ${code}`);
};

/** Lets everything that waits for nothing happen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const isAborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_, reject) =>
    signal?.addEventListener('abort', () => reject(new MaskRcnnError('aborted', 'aborted'))),
  );

/** Runs tiles on an engine and assistants; `undefined` is one that cannot be started. */
function stage(count: number, main: Work, assistants: (Work | undefined)[] = []) {
  const done: number[] = [];
  const read: number[] = [];
  const callerOf = (work: Work): Caller => ({
    call: (async (
      _method: string,
      { image }: { image: { data: Uint8Array } },
      _transfer: unknown,
      signal: AbortSignal,
    ) => {
      await work(image.data[0], signal);
      return { scores: new Float32Array(0) } as EngineResult;
    }) as Caller['call'],
  });
  let next = 0;
  const engines = {
    ...callerOf(main),
    callersFor: () => 1 + assistants.length,
    async assist(task: (engine: Caller) => Promise<void>) {
      const work = assistants[next++];
      if (work) await task(callerOf(work));
    },
  };
  const queue = new TileQueue(jobs(count), async ({ tile }) => {
    read.push(tile);
    return { width: 1, height: 1, data: Uint8Array.of(tile) };
  });
  const run = (
    signal?: AbortSignal,
    onResult = (job: Shown): Shown[] => {
      done.push(job.tile);
      return [];
    },
  ) => runTiles(engines, { queue, count, options: '{}', onResult, signal });
  return { done, read, run };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const sorted = (values: number[]) => values.toSorted((a, b) => a - b);

test('one engine does all tiles in order, with one tile read ahead', async () => {
  let ahead = 0;
  const { done, read, run } = stage(5, async (tile) => {
    await settled();
    ahead = Math.max(ahead, read.length - tile - 1);
  });
  await run();
  assert.deepEqual(done, numbers(5));
  assert.equal(ahead, 1);
});

test('tiles are shared among all engines, and each is done once', async () => {
  const taken = [0, 0, 0];
  const busy = (engine: number) => async () => {
    taken[engine] = (taken[engine] as number) + 1;
    await settled();
  };
  const { done, read, run } = stage(12, busy(0), [busy(1), busy(2)]);
  await run();
  assert.deepEqual(sorted(done), numbers(12));
  assert.deepEqual(sorted(read), numbers(12));
  assert.deepEqual(taken, [4, 4, 4]);
});

test('an assistant that cannot start is done without', async () => {
  const { done, run } = stage(4, settled as Work, [undefined]);
  await run();
  assert.deepEqual(sorted(done), numbers(4));
});

for (const code of ['device-lost', 'out-of-memory', 'internal', 'environment'] as const) {
  test(`a tile whose engine fails (${code}) is done by another`, async () => {
    const { done, run } = stage(6, settled as Work, [failing(code)]);
    await run();
    assert.deepEqual(sorted(done), numbers(6));
  });

  test(`a tile that fails twice (${code}) is the end, and the others stop`, async () => {
    const { done, run } = stage(9, (tile) => (tile === 2 ? failing(code)() : undefined));
    await assert.rejects(run(), { code });
    // The third was read ahead.
    assert.deepEqual(done, [0, 1, 3]);
  });
}

test('an error of the image is not tried again', async () => {
  let tries = 0;
  const { run } = stage(3, () => {
    tries++;
    failing('invalid-input')();
  });
  await assert.rejects(run(), { code: 'invalid-input' });
  assert.equal(tries, 1);
});

test('an engine that is busy is left when another fails for good', async () => {
  const { run } = stage(4, (tile, signal) => (tile === 0 ? isAborted(signal) : undefined), [failing('invalid-input')]);
  await assert.rejects(run(), { code: 'invalid-input' });
});

test('the signal stops all, and the tiles that are done are kept', async () => {
  const stop = new AbortController();
  const { done, run } = stage(9, (tile, signal) => (tile > 1 ? isAborted(signal) : undefined), [
    (_, signal) => isAborted(signal),
  ]);
  const end = run(stop.signal);
  await settled();
  stop.abort('enough');
  await assert.rejects(end, { code: 'aborted', cause: 'enough' });
  assert.deepEqual(done, [1]);
});

test('a signal that has fired already lets nothing begin', async () => {
  const { done, run } = stage(3, () => {});
  await assert.rejects(run(AbortSignal.abort()), { code: 'aborted' });
  assert.deepEqual(done, []);
});

test('a tile that is cut again is done in parts, by all engines', async () => {
  const taken = new Set<number>();
  const done: number[] = [];
  const { run } = stage(
    1,
    async (tile) => {
      await settled();
      taken.add(tile);
    },
    [
      async (tile) => {
        await settled();
        taken.add(tile + 100);
      },
    ],
  );
  await run(undefined, (job) => {
    done.push(job.tile);
    return job.tile === 0 ? jobs(4, 1) : [];
  });
  assert.deepEqual(sorted(done), [0, 1, 2, 3, 4]);
  assert.ok(
    [...taken].some((tile) => tile > 100),
    'the assistant took none',
  );
  assert.ok(
    [...taken].some((tile) => tile > 0 && tile < 100),
    'the first engine took none',
  );
});

test('an error of reading is that of the call', async () => {
  const broken = new MaskRcnnError('invalid-input', 'the file is cut off');
  const queue = new TileQueue(jobs(3), () => Promise.reject(broken));
  const engines = {
    call: () => assert.fail('there is nothing to segment'),
    callersFor: () => 1,
    assist: async () => {},
  };
  await assert.rejects(
    runTiles(engines, { queue, count: 3, options: '', onResult: () => [], signal: undefined }),
    broken,
  );
});

test('what a listener throws is the error of the call', async () => {
  const { run } = stage(3, () => {});
  const thrown = new Error('no');
  await assert.rejects(
    run(undefined, () => {
      throw thrown;
    }),
    thrown,
  );
});

test('what an engine fails at is asked for once more, and what is wrong with the image is not', async () => {
  const failures = (code: ErrorCode, count: number) => {
    let calls = 0;
    return async () => {
      if (calls++ < count) failing(code)();
      return calls;
    };
  };
  assert.equal(await twice(failures('internal', 1)), 2);
  await assert.rejects(twice(failures('internal', 2)), { code: 'internal' });
  await assert.rejects(twice(failures('invalid-input', 1)), { code: 'invalid-input' });
});
