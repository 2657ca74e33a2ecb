import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false });
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.segmenter = await t.load();
    /** A stream that gives `count` frames at once, and the frames. */
    globalThis.framesOf = (count, width = 60) => {
      const frames = Array.from({ length: count }, (_, i) => {
        return new VideoFrame(t.plainImage(width, 40), { timestamp: i * 40_000 });
      });
      let sent = 0;
      const stream = new ReadableStream({
        pull(controller) {
          if (sent === count) controller.close();
          else controller.enqueue(frames[sent++]);
        },
      });
      return { stream, frames };
    };
    globalThis.isClosed = (frame) => frame.format === null;
    /** A canvas that changes all the time, as a video. */
    globalThis.moving = async () => {
      const canvas = await t.canvasOf('/pictures/tiny.png');
      const timer = setInterval(() => canvas.getContext('2d').fillRect(0, 0, 1, 1), 20);
      return { canvas, stop: () => clearInterval(timer) };
    };
  });
});
after(() => stand.tearDown());

describe('a stream', () => {
  test('of frames drops those that come while one is worked on, ends with its source, and closes all', async () => {
    const { times, dropped, wasOpen, open } = await page.evaluate(async () => {
      const { stream, frames } = framesOf(30);
      const [times, dropped, wasOpen] = [[], [], []];
      for await (const item of segmenter.stream(stream)) {
        times.push(item.time);
        dropped.push(item.dropped);
        wasOpen.push(!isClosed(item.frame) && item.result.width === 60);
      }
      return { times, dropped, wasOpen, open: frames.filter((frame) => !isClosed(frame)).length };
    });
    // The first frame is taken at once, and while it is worked on the stream runs to its end: the last one wins.
    assert.equal(times.at(-1), (29 * 40_000) / 1e6);
    assert.ok(times.length < 30);
    assert.equal(times.length + dropped.reduce((sum, count) => sum + count, 0), 30);
    assert.ok(wasOpen.every(Boolean));
    assert.equal(open, 0);
  });

  test('that the loop leaves releases its source', async () => {
    const [open, cancelled] = await page.evaluate(async () => {
      const { frames } = framesOf(1);
      let cancelled = false;
      const stream = new ReadableStream({
        start: (controller) => controller.enqueue(frames[0]),
        cancel() {
          cancelled = true;
        },
      });
      for await (const _ of segmenter.stream(stream)) break;
      return [frames.filter((frame) => !isClosed(frame)).length, cancelled];
    });
    assert.deepEqual([open, cancelled], [0, true]);
  });

  test('of a video gives its frames, and ends without an error when the signal fires', async () => {
    const { count, sizes, code } = await page.evaluate(async () => {
      const { canvas, stop } = await moving();
      const video = document.createElement('video');
      video.muted = true;
      video.srcObject = canvas.captureStream();
      await video.play();
      const controller = new AbortController();
      const sizes = new Set();
      let count = 0;
      const run = async () => {
        for await (const { result, frame } of segmenter.stream(video, { signal: controller.signal })) {
          sizes.add(`${result.width}×${result.height} ${frame.width}×${frame.height}`);
          if (++count === 3) controller.abort();
        }
      };
      const { code } = await t.outcome(run());
      stop();
      return { count, sizes: [...sizes], code };
    });
    assert.deepEqual([count, code, sizes], [3, 'none', [`${TINY.width}×${TINY.height} ${TINY.width}×${TINY.height}`]]);
  });

  test('of a track ends with the track', async () => {
    const [count, code] = await page.evaluate(async () => {
      const { canvas, stop } = await moving();
      const [track] = canvas.captureStream().getVideoTracks();
      let count = 0;
      const run = async () => {
        for await (const { frame } of segmenter.stream(track)) {
          if (frame instanceof VideoFrame && ++count === 2) track.stop();
        }
      };
      const { code } = await t.outcome(run());
      stop();
      return [count, code];
    });
    assert.equal(code, 'none');
    assert.ok(count >= 2);
  });

  test('of a track works where no browser part takes frames from tracks', async () => {
    const [kind, code] = await page.evaluate(async () => {
      const { MediaStreamTrackProcessor } = globalThis;
      globalThis.MediaStreamTrackProcessor = undefined;
      const { canvas, stop } = await moving();
      const [track] = canvas.captureStream().getVideoTracks();
      let kind;
      const run = async () => {
        for await (const { frame } of segmenter.stream(track)) {
          kind = frame.constructor.name;
          break;
        }
      };
      const { code } = await t.outcome(run());
      stop();
      globalThis.MediaStreamTrackProcessor = MediaStreamTrackProcessor;
      return [kind, code];
    });
    assert.deepEqual([kind, code], ['ImageBitmap', 'none']);
  });

  test('gives typed errors, and closes its frames', async () => {
    const [nothing, other, options, open] = await page.evaluate(async () => {
      const end = async (source, options) => (await t.outcome(segmenter.stream(source, options).next())).code;
      const { stream, frames } = framesOf(3);
      const numbers = new ReadableStream({ start: (controller) => controller.enqueue(1) });
      const codes = [await end(document.body), await end(numbers), await end(stream, { classes: ['nothing'] })];
      return [...codes, frames.slice(0, 1).filter((frame) => !isClosed(frame)).length];
    });
    assert.deepEqual([nothing, other, options, open], ['invalid-input', 'invalid-input', 'invalid-input', 0]);
  });

  test('whose signal has fired already takes nothing', async () => {
    const [done, locked] = await page.evaluate(async () => {
      const { stream, frames } = framesOf(1);
      const { done } = await segmenter.stream(stream, { signal: AbortSignal.abort() }).next();
      frames[0].close();
      return [done, stream.locked];
    });
    assert.deepEqual([done, locked], [true, false]);
  });
});

test('classes can be left out', async () => {
  const [all, others, unknown] = await page.evaluate(async () => {
    const image = await t.pixelsOf('/pictures/tiny.png');
    const labels = async (options) => {
      const { detections } = await segmenter.segment(image, options);
      return detections.map(({ label }) => label);
    };
    const all = await labels();
    const others = await labels({ excludeClasses: [all[0]], maxDetections: 5 });
    return [all, others, (await t.outcome(labels({ excludeClasses: ['nothing'] }))).code];
  });
  assert.deepEqual(others, all.filter((label) => label !== all[0]).slice(0, 5));
  assert.equal(unknown, 'invalid-input');
});

test('a result shows on request how the network found it', async () => {
  const { count, inspection, none } = await page.evaluate(async () => {
    const image = await t.pixelsOf('/pictures/tiny.png');
    const options = { scoreThreshold: 0.1, maxDetections: 10 };
    const { detections, inspection } = await segmenter.segment(image, { ...options, inspect: true });
    return {
      count: detections.length,
      inspection: {
        levels: inspection.levels.map(({ scores, ...rest }) => ({ ...rest, scores: [...scores] })),
        candidates: inspection.candidates,
        proposals: inspection.proposals,
        detections: inspection.detections.map((inspected, i) => ({
          isSame: inspected.detection === detections[i],
          own: [...inspected.maskFor(detections[i].classId)],
          shown: [...detections[i].mask.probabilities],
          classScores: inspected.classScores && [...inspected.classScores],
          score: detections[i].score,
          classId: detections[i].classId,
        })),
        resized: inspection.resized,
        stages: inspection.stages.map(({ name }) => name),
      },
      none: (await segmenter.segment(image, options)).inspection,
    };
  });
  assert.equal(none, undefined);
  assert.deepEqual(inspection.resized, { width: 189, height: 128 });
  assert.deepEqual(
    inspection.levels.map(({ name, width, height }) => [name, width, height]),
    [
      ['P2', 48, 32],
      ['P3', 24, 16],
      ['P4', 12, 8],
      ['P5', 6, 4],
      ['P6', 3, 2],
    ],
  );
  for (const { scores, cell, width } of inspection.levels) {
    assert.ok(scores.every((score) => score >= 0 && score <= 1));
    // The image fills all but the padding, which ends at a multiple of 32.
    assert.ok(cell.width * width >= TINY.width && cell.width * width < TINY.width * 1.2);
  }
  assert.ok(inspection.proposals.length > 10 && inspection.proposals.length <= 200);
  for (const { box, score } of [...inspection.proposals, ...inspection.candidates]) {
    assert.ok(
      box.x >= -0.1 && box.x + box.width < TINY.width + 0.1 && box.y >= -0.1 && box.y + box.height < TINY.height + 0.1,
    );
    assert.ok(score >= 0 && score <= 1);
  }
  assert.equal(inspection.detections.length, count);
  for (const { isSame, own, shown, classScores, score, classId } of inspection.detections) {
    assert.ok(isSame);
    assert.ok(own.every((value, i) => Math.abs(value - shown[i]) < 1e-4));
    if (classScores) assert.ok(Math.abs(classScores[classId] - score) < 1e-4);
  }
  assert.ok(inspection.stages.includes('det.boxes'));
});
