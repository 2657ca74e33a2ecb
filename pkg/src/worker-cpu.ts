import { serve } from './serve.js';
import * as glue from './wasm/maskrcnn_cpu.js';

serve(() => ({ glue, wasm: new URL('./wasm/maskrcnn_cpu_bg.wasm', import.meta.url) }));
