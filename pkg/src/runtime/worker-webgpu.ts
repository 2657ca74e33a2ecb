import * as glue from '../wasm/maskrcnn_webgpu.js';
import { serve } from './serve.js';

serve(() => ({ glue, wasm: () => new URL('./wasm/maskrcnn_webgpu_bg.wasm', import.meta.url) }));
