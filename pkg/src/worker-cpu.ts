import * as glue from './wasm/maskrcnn_cpu.js';
import { serve } from './worker.js';

serve(glue);
