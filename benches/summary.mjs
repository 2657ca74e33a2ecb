const SIDES = ['ours', 'peer'];

/** What not every run of the benchmark measures, and why. */
const NOT_ASKED = 'not asked for: `--full FOLDER` measures it';

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Medians over all rounds, for each side. `cold` is what passes until the first result: loading, then the first image.
 *
 * @param {object[]} rounds as the page's `round` reports them
 * @param {Record<string, number>} loaded bytes of JavaScript and wasm, after gzip
 */
export function summary(rounds, loaded) {
  const sides = SIDES.map((name) => {
    const own = rounds.map((round) => round[name]);
    const last = own.at(-1);
    const side = {
      cold: median(own.map(({ load, first }) => load + first)),
      load: median(own.map(({ load }) => load)),
      first: median(own.map(({ first }) => first)),
      warm: median(own.flatMap(({ warm }) => warm)),
      all: own.map(({ load, first, warm }) => ({ load, first, warm })),
      objects: last.found?.length ?? null,
      gzipBytes: loaded[name],
      wasmBytes: Math.max(...own.map(({ memory }) => memory.wasm)),
      gpuBytes: Math.max(...own.map(({ memory }) => memory.gpu)),
      dispatches: last.dispatches,
      readbacks: last.readbacks,
      pipelines: last.pipelines,
    };
    return [name, side];
  });
  return Object.fromEntries(sides);
}

/**
 * The figures that the project promises something about: times as ours divided by the peer's; the first image after
 * loading divided by the next ones; bytes, read-backs and dispatches as ours are. What was not measured is `null`, with a reason.
 */
export function ratiosOf(results) {
  const find = (name, backend) => results.find((result) => result.name === name && result.backend === backend);
  const ratio = (name, backend, what) => {
    const found = find(name, backend);
    return found ? found.ours[what] / found.peer[what] : null;
  };
  const webgpu = find('tiny', 'webgpu').ours;
  const ratios = {
    tiny_webgpu_cold: ratio('tiny', 'webgpu', 'cold'),
    tiny_webgpu_warm: ratio('tiny', 'webgpu', 'warm'),
    tiny_webgpu_first: webgpu.first / webgpu.warm,
    tiny_cpu_warm: ratio('tiny', 'cpu', 'warm'),
    backbone_cpu_warm: ratio('backbone', 'cpu', 'warm'),
    v1_cpu_warm: ratio('v1', 'cpu', 'warm'),
    gzip_mb: Math.max(...results.map(({ ours }) => ours.gzipBytes)) / 1e6,
    readbacks: webgpu.readbacks,
    dispatches: webgpu.dispatches,
  };
  const missing = Object.keys(ratios).filter((name) => ratios[name] === null);
  return { ratios, reasons: Object.fromEntries(missing.map((name) => [name, NOT_ASKED])) };
}
