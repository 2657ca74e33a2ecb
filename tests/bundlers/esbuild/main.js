// As the README says for bundlers that find neither the worker's script nor the wasm modules.
import { run } from './page.mjs';

run({
  worker: () => new Worker('worker.js', { type: 'module' }),
  wasm: {
    webgpu: 'wasm/maskrcnn_webgpu_bg.wasm',
    cpu: 'wasm/maskrcnn_cpu_bg.wasm',
    cpuRelaxed: 'wasm/maskrcnn_cpu_relaxed_bg.wasm',
    objects: 'wasm/maskrcnn_objects_bg.wasm',
  },
});
