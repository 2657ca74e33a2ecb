// A page that is opened from `file:`, where nothing can be fetched: all that it needs is in its script.
import cpu from 'maskrcnn-web/wasm/maskrcnn_cpu_bg.wasm';
import objects from 'maskrcnn-web/wasm/maskrcnn_objects_bg.wasm';
import nuclei from 'maskrcnn-web-nuclei';
import weights from 'maskrcnn-web-nuclei/nuclei.safetensors';
import cells from './cells.png';
import script from './dist/worker.txt';
import model from './model.safetensors';
import { run } from './page.mjs';
import image from './picture.png';

const wasm = { cpu, objects };
const ways = {
  // A worker, too, must come from the script itself.
  '#worker': { model, wasm, worker: () => new Worker(URL.createObjectURL(new Blob([script]))) },
  '#page': { model, wasm, worker: false },
  '#package': { model: { manifest: nuclei.manifest, weights: [weights] }, wasm, worker: false },
  '#package-fetched': { wasm, worker: false },
  '#unset': { model },
  '#fetched': { model, worker: false },
};
run(ways[location.hash], new Blob([location.hash.startsWith('#package') ? cells : image]));
