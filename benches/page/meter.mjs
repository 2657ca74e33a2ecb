// What a worker does with GPU and memory, counted from outside: loaded before the worker's own script, it wraps the
// browser's calls, so that the same counter serves any library. Its numbers are asked for on a BroadcastChannel.

const counts = { dispatches: 0, pipelines: 0, readbacks: 0, gpuBytes: 0, gpuPeakBytes: 0 };
const memories = new Set();
const sizes = new WeakMap();
// A buffer that nobody destroys is given back when it is collected.
const collected = new FinalizationRegistry((size) => {
  counts.gpuBytes -= size.bytes;
  size.bytes = 0;
});

/** Calls `before` with the arguments and `after` with the result of every call of a method. */
function watch(owner, name, { before, after }) {
  const original = owner?.[name];
  if (!original) return;
  owner[name] = function (...args) {
    before?.call(this, ...args);
    const result = original.apply(this, args);
    after?.call(this, result, ...args);
    return result;
  };
}

const gpu = (name) => globalThis[name]?.prototype;
const count = (what) => ({ before: () => counts[what]++ });
watch(gpu('GPUComputePassEncoder'), 'dispatchWorkgroups', count('dispatches'));
watch(gpu('GPUComputePassEncoder'), 'dispatchWorkgroupsIndirect', count('dispatches'));
watch(gpu('GPUDevice'), 'createComputePipeline', count('pipelines'));
watch(gpu('GPUDevice'), 'createComputePipelineAsync', count('pipelines'));
watch(gpu('GPUBuffer'), 'mapAsync', {
  before(mode) {
    if (mode & GPUMapMode.READ) counts.readbacks++;
  },
});
watch(gpu('GPUDevice'), 'createBuffer', {
  after(buffer) {
    const size = { bytes: buffer.size };
    counts.gpuBytes += size.bytes;
    counts.gpuPeakBytes = Math.max(counts.gpuPeakBytes, counts.gpuBytes);
    sizes.set(buffer, size);
    collected.register(buffer, size);
  },
});
watch(gpu('GPUBuffer'), 'destroy', {
  before() {
    const size = sizes.get(this);
    if (!size) return;
    counts.gpuBytes -= size.bytes;
    size.bytes = 0;
  },
});

/** Keeps the memory of an instance, be it its own or one that it was given. */
function keepMemory(instance, imports = {}) {
  for (const values of [instance.exports, ...Object.values(imports)]) {
    for (const value of Object.values(values)) if (value instanceof WebAssembly.Memory) memories.add(value);
  }
}

const instantiated = {
  after(result, _source, imports) {
    result.then((made) => keepMemory(made.instance ?? made, imports)).catch(() => {});
  },
};
watch(WebAssembly, 'instantiate', instantiated);
watch(WebAssembly, 'instantiateStreaming', instantiated);

const id = new URL(location.href).searchParams.get('id');
const channel = new BroadcastChannel('meter');
channel.addEventListener('message', async ({ data }) => {
  if (data.ask !== id) return;
  // With `--expose-gc`, garbage is not counted.
  if (globalThis.gc) {
    await globalThis.gc({ execution: 'async' });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // A wasm memory never shrinks, so its size is its peak.
  const wasmPeakBytes = [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  channel.postMessage({ of: id, counts: { ...counts, wasmPeakBytes } });
});
