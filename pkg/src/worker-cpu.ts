import * as glue from './wasm/maskrcnn_cpu.js';
import { serve } from './worker.js';

serve(glue, new URL('./wasm/maskrcnn_cpu_bg.wasm', import.meta.url));
