// A page that is opened from `file:`, where nothing can be fetched: all that it needs is in its script.
import cpu from 'maskrcnn-web/wasm/maskrcnn_cpu_bg.wasm';
import objects from 'maskrcnn-web/wasm/maskrcnn_objects_bg.wasm';
import script from './dist/worker.txt';
import model from './model.safetensors';
import { run } from './page.mjs';
import image from './picture.png';

const wasm = { cpu, objects };
const ways = {
  // A worker, too, must come from the script itself.
  '#worker': { wasm, worker: () => new Worker(URL.createObjectURL(new Blob([script]))) },
  '#page': { wasm, worker: false },
  '#unset': {},
  '#fetched': { worker: false },
};
run({ model, ...ways[location.hash] }, new Blob([image]));
