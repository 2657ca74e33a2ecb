// What the benchmark does in its page: opens this package and its peer side by side and times both.

import { counts, lastWorker } from './meters.mjs';

async function timed(work) {
  const start = performance.now();
  const value = await work();
  return { milliseconds: performance.now() - start, value };
}

/** The image at a path. */
export async function readPicture(path) {
  const bitmap = await createImageBitmap(await (await fetch(path)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** This package. `backbone`: only the times of backbone and pyramid, out of the stage by stage times. */
async function openOurs({ backend, weights, options, backbone }) {
  const { Segmenter } = await import('/site/maskrcnn-web/index.js');
  const { profile } = await import('/site/maskrcnn-web/debug.js');
  const segmenter = await Segmenter.load({ model: weights, backend, ...options });
  return {
    worker: lastWorker(),
    async run(picture) {
      if (backbone) {
        const stages = await profile(segmenter, picture);
        const wanted = stages.filter(({ stage }) => stage === 'backbone' || stage === 'fpn');
        return { milliseconds: wanted.reduce((sum, { milliseconds }) => sum + milliseconds, 0) };
      }
      const { milliseconds, value } = await timed(() => segmenter.segment(picture));
      const found = value.detections.map(({ classId, score, box }) => ({
        classId,
        score,
        box: [box.x, box.y, box.x + box.width, box.y + box.height],
      }));
      return { milliseconds, found };
    },
    close: () => segmenter.dispose(),
  };
}

/** onnxruntime-web. `backbone`: the model takes the network's input of this shape instead of an image. */
async function openPeer({ backend, model, input, backbone }) {
  const worker = new Worker('/benches/peer.mjs', { type: 'module' });
  const own = lastWorker();
  let calls = 0;
  const call = (method, argument) =>
    new Promise((resolve, reject) => {
      const id = ++calls;
      worker.addEventListener('message', function answered({ data }) {
        if (data.id !== id) return;
        worker.removeEventListener('message', answered);
        if (data.error) reject(new Error(data.error));
        else resolve(data.value);
      });
      worker.addEventListener('error', ({ message }) => reject(new Error(message)));
      worker.postMessage({ id, method, argument });
    });
  await call('open', { model, input, provider: backend === 'webgpu' ? 'webgpu' : 'wasm' });
  return {
    worker: own,
    async run(picture) {
      const argument = backbone ? {} : { picture };
      const { milliseconds, value } = await timed(() => call('run', argument));
      if (backbone) return { milliseconds };
      const found = Array.from(value.scores, (score, i) => ({
        classId: Number(value.labels[i]),
        score,
        box: Array.from(value.boxes.subarray(i * 4, i * 4 + 4)),
      }));
      return { milliseconds, found };
    },
    close: () => worker.terminate(),
  };
}

const OPENERS = { ours: openOurs, peer: openPeer };

/**
 * One round: each side is opened and shown the image once, then both are shown it in turns.
 *
 * @param {{ order: ('ours' | 'peer')[], runs: number }} task and what the openers take
 * @returns for each side the times in milliseconds, what it found, and what one warm image took
 */
export async function round(task) {
  const picture = await readPicture(task.picture);
  const sides = {};
  for (const name of task.order) {
    const { milliseconds: load, value: side } = await timed(() => OPENERS[name](task));
    const first = await side.run(picture);
    sides[name] = { side, load, first: first.milliseconds, warm: [], found: first.found };
  }
  for (let run = 0; run < task.runs; run++) {
    for (const name of task.order) {
      const entry = sides[name];
      const before = await counts(entry.side.worker);
      entry.warm.push((await entry.side.run(picture)).milliseconds);
      const after = await counts(entry.side.worker);
      entry.dispatches = after.dispatches - before.dispatches;
      entry.readbacks = after.readbacks - before.readbacks;
      entry.memory = { wasm: after.wasmPeakBytes, gpu: after.gpuPeakBytes };
      entry.pipelines = { total: after.pipelines, late: after.pipelines - before.pipelines };
    }
  }
  for (const { side } of Object.values(sides)) side.close();
  const report = Object.entries(sides).map(([name, { side, ...rest }]) => [name, rest]);
  return Object.fromEntries(report);
}
