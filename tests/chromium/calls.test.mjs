import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp, workersLeft } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
});
beforeEach(async () => {
  await page?.close();
  page = await stand.page();
});
after(() => stand.tearDown());

test('two calls at once each get their own result', async () => {
  const [together, apart] = await page.evaluate(async () => {
    const segmenter = await t.load();
    const images = [
      await t.pixelsOf('/pictures/tiny.png'),
      t.plainImage(90, 70),
      await t.fetchBlob('/pictures/grey.png'),
    ];
    const together = await Promise.all(images.map((image) => segmenter.segment(image)));
    const apart = [];
    for (const image of images) apart.push(await segmenter.segment(image));
    return [together.map(t.textOf), apart.map(t.textOf)];
  });
  assert.deepEqual(together, apart);
  assert.equal(new Set(together).size, 3);
});

test('an image is taken when the call is made, not when its turn comes', async () => {
  const [first, second, changed] = await page.evaluate(async () => {
    const segmenter = await t.load();
    const pixels = await t.pixelsOf('/pictures/tiny.png');
    const calls = [segmenter.segment(pixels), segmenter.segment(pixels)];
    await new Promise((resolve) => setTimeout(resolve));
    pixels.data.fill(90);
    return [...(await Promise.all(calls)), await segmenter.segment(pixels)].map(t.textOf);
  });
  assert.equal(first, second);
  assert.notEqual(first, changed);
});

test('an aborted call is rejected, and the segmenter continues', async () => {
  const { running, waiting, early, before, after } = await page.evaluate(async () => {
    const segmenter = await t.load();
    const image = await t.pixelsOf('/pictures/tiny.png');
    const before = t.textOf(await segmenter.segment(image));
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [first, second].map(({ signal }) => t.outcome(segmenter.segment(image, { signal })));
    const last = segmenter.segment(image);
    setTimeout(() => first.abort(), 5);
    setTimeout(() => second.abort(), 5);
    const [running, waiting] = await Promise.all(calls);
    const early = await t.outcome(segmenter.segment(image, { signal: AbortSignal.abort() }));
    return { running, waiting, early, before, after: t.textOf(await last) };
  });
  for (const { code, name } of [running, waiting, early]) {
    assert.equal(code, 'aborted');
    assert.equal(name, 'AbortError');
  }
  assert.equal(after, before);
  await workersLeft(page, 1);
});

test('after dispose nothing runs', async () => {
  const outcomes = await page.evaluate(async () => {
    const segmenter = await t.load();
    const image = await t.pixelsOf('/pictures/tiny.png');
    const calls = [segmenter.segment(image), segmenter.segment(image)].map(t.outcome);
    segmenter.dispose();
    segmenter.dispose();
    return Promise.all([...calls, t.outcome(segmenter.segment(image)), t.outcome(t.debug.profile(segmenter, image))]);
  });
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    ['disposed', 'disposed', 'disposed', 'disposed'],
  );
  await workersLeft(page, 0);
});

test('`using` disposes', async () => {
  const { code } = await page.evaluate(async () => {
    const segmenter = await t.load();
    segmenter[Symbol.dispose]();
    return t.outcome(segmenter.segment(t.plainImage(20, 20)));
  });
  assert.equal(code, 'disposed');
});

test('options choose among the objects', async () => {
  const { all, best, sure, some, labels } = await page.evaluate(async () => {
    const segmenter = await t.load();
    const image = await t.pixelsOf('/pictures/tiny.png');
    const scores = async (options) => {
      const { detections } = await segmenter.segment(image, options);
      return detections.map(({ score, label }) => ({ score, label }));
    };
    const all = await scores({});
    const wanted = [all[4].label];
    return {
      all,
      best: await scores({ maxDetections: 3 }),
      sure: await scores({ scoreThreshold: 0.2 }),
      some: await scores({ classes: wanted, maxDetections: 1 }),
      labels: segmenter.labels,
    };
  });
  assert.deepEqual(best, all.slice(0, 3));
  assert.deepEqual(
    sure,
    all.filter(({ score }) => score > 0.2),
  );
  assert.deepEqual(some, [all.find(({ label }) => label === all[4].label)]);
  assert.equal(labels.length, TINY.classes);
});

test('options outside of their range are refused', async () => {
  const outcomes = await page.evaluate(async () => {
    const segmenter = await t.load();
    const image = t.plainImage(40, 40);
    const wrong = [
      { scoreThreshold: -0.1 },
      { scoreThreshold: 1.1 },
      { scoreThreshold: Number.NaN },
      { maxDetections: 0 },
      { maxDetections: 1.5 },
      { classes: ['no such thing'] },
    ];
    return Promise.all(wrong.map((options) => t.outcome(segmenter.segment(image, options))));
  });
  for (const { code } of outcomes) assert.equal(code, 'invalid-input');
});

test('after loading there are no further requests', async () => {
  const before = await page
    .evaluate(async () => {
      globalThis.segmenter = await t.load();
    })
    .then(() => stand.server.requests.length);
  await page.evaluate(async () => {
    await segmenter.segment(t.plainImage(64, 48));
    await segmenter.segment(t.plainImage(48, 64));
  });
  assert.equal(stand.server.requests.length, before);
});

test('an inspection has the stages, and a profile their times', async () => {
  const { stages, times, smaller } = await page.evaluate(async () => {
    const segmenter = await t.load();
    const image = await t.pixelsOf('/pictures/tiny.png');
    const { stages } = (await segmenter.segment(image, { inspect: true })).inspection;
    return {
      stages: stages.map(({ name, shape, data }) => ({ name, shape: [...shape], length: data.length })),
      times: await t.debug.profile(segmenter, image),
      smaller: await t.debug.profile(segmenter, image, { settings: { input: { minSize: 64 } } }),
    };
  });
  const padded = stages.find(({ name }) => name === 'input.padded');
  assert.deepEqual(padded.shape, [1, 3, 128, 192]);
  for (const { name, shape, length } of stages) {
    assert.equal(
      length,
      shape.reduce((product, side) => product * side, 1),
      name,
    );
  }
  assert.ok(times.length > 3);
  for (const { stage, milliseconds } of times) assert.ok(milliseconds >= 0, stage);
  const operationsOf = (times, name) => times.find(({ stage }) => stage === name).operations;
  const sum = times.filter(({ stage }) => stage !== 'whole').reduce((sum, { operations }) => sum + operations, 0);
  assert.equal(operationsOf(times, 'whole'), sum);
  // Half the side is a quarter of the pixels, but for padding.
  const ratio = operationsOf(times, 'backbone') / operationsOf(smaller, 'backbone');
  assert.ok(ratio > 2.5 && ratio < 6, `${ratio}`);
});
