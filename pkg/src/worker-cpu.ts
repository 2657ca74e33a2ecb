import { cpuWasm } from './cpu-wasm.js';
import { serve } from './serve.js';
import * as glue from './wasm/maskrcnn_cpu.js';

serve(() => ({ glue, wasm: cpuWasm }));
