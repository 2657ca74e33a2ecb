// Finds the objects in an image and draws them over it.
import { draw, Segmenter } from 'maskrcnn-web';
import nuclei from 'maskrcnn-web-nuclei';

const file = document.querySelector('#file');
const status = document.querySelector('#status');
const canvas = document.querySelector('#canvas');

/** Shows an image with its objects. */
async function show(segmenter, image) {
  status.textContent = 'Searching';
  const result = await segmenter.segment(image);
  canvas.width = result.width;
  canvas.height = result.height;
  draw(canvas, image, result, { showLabels: false, showScores: false });
  status.textContent = `${result.detections.length} objects`;
}

/** Shows an error, whose message says what to do about it. */
function fail({ message }) {
  status.textContent = message;
}

async function main() {
  // One segmenter serves the whole page. It runs in a worker, so the page stays responsive.
  const segmenter = await Segmenter.load({
    model: nuclei,
    onProgress({ phase, loaded, total }) {
      status.textContent = total ? `${phase}: ${Math.round((100 * loaded) / total)} %` : phase;
    },
  });
  file.addEventListener('change', () => {
    const [chosen] = file.files;
    // A file of the visitor's is an image, too; here it becomes a bitmap because it is drawn as well.
    if (chosen)
      createImageBitmap(chosen)
        .then((image) => show(segmenter, image))
        .catch(fail);
  });
  const example = new Image();
  example.src = 'public/cells.png';
  await example.decode();
  await show(segmenter, example);
}

main().catch(fail);
