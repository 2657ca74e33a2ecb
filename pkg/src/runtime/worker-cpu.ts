import * as glue from '../wasm/maskrcnn_cpu.js';
import { cpuWasm } from './cpu-wasm.js';
import { serve } from './serve.js';

serve(() => ({ glue, wasm: cpuWasm }));
