// For a page: starts every worker through `metered.mjs`, whoever starts it, and asks for its counts.

let started = 0;

const { Worker } = globalThis;
globalThis.Worker = class extends Worker {
  constructor(script, options) {
    const of = new URL(script, location.href).href;
    super(`/benches/metered.mjs?id=${++started}&of=${encodeURIComponent(of)}`, options);
  }
};

/** The number of the worker that was started last. */
export const lastWorker = () => started;

/** What a worker has done so far, as `meter.mjs` counts. */
export function counts(worker) {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel('meter');
    channel.addEventListener('message', ({ data }) => {
      if (data.of !== String(worker)) return;
      channel.close();
      resolve(data.counts);
    });
    channel.postMessage({ ask: String(worker) });
  });
}
