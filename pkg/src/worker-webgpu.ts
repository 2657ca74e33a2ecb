import { serve } from './serve.js';
import * as glue from './wasm/maskrcnn_webgpu.js';

serve(() => ({ glue, wasm: () => new URL('./wasm/maskrcnn_webgpu_bg.wasm', import.meta.url) }));
