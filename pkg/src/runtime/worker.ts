/**
 * The script of a worker that runs either backend: the entry `maskrcnn-web/worker`, for pages that start the worker
 * themselves; see {@link LoadOptions.worker}. Only the module that runs is fetched.
 */

import * as cpu from '../wasm/maskrcnn_cpu.js';
import * as webgpu from '../wasm/maskrcnn_webgpu.js';
import { cpuWasm } from './cpu-wasm.js';
import { serve } from './serve.js';

serve((backend) =>
  backend === 'webgpu'
    ? { glue: webgpu, wasm: () => new URL('./wasm/maskrcnn_webgpu_bg.wasm', import.meta.url) }
    : { glue: cpu, wasm: cpuWasm },
);
