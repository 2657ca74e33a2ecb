// Shows the camera with people blurred. A frame is shown only after it was searched, and never without its blur: the
// camera's own stream is not on the page at all, at the price that what is seen lags behind.
import { blur, Segmenter } from 'maskrcnn-web';
import everyday from 'maskrcnn-web-everyday';

// Another model can be given in the address, such as ?model=models/coco/manifest.json.
const other = new URLSearchParams(location.search).get('model');

const [start, stop, status, canvas] = ['start', 'stop', 'status', 'canvas'].map((id) => document.getElementById(id));

/** Small frames keep the delay short. */
const CAMERA = { width: 640, height: 480 };
/** Larger models than the package's see less of a frame, or the delay would be long. */
const SMALL = { input: { minSize: 320, maxSize: 427, minScale: 0 } };

start.addEventListener('click', async () => {
  start.disabled = true;
  const stopping = new AbortController();
  stop.addEventListener('click', () => stopping.abort(), { once: true });
  stop.disabled = false;
  try {
    await run(stopping.signal);
    status.textContent = 'Stopped.';
  } catch (error) {
    // The package's errors, and the browser's when the visitor denies the camera, say what is wrong.
    status.textContent = stopping.signal.aborted ? 'Stopped.' : error.message;
  }
  start.disabled = false;
  stop.disabled = true;
});

async function run(signal) {
  const onProgress = ({ phase }) => {
    status.textContent = `Loading the model: ${phase}`;
  };
  const what = other ? { model: other, settings: SMALL } : { model: everyday };
  const segmenter = await Segmenter.load({ ...what, signal, onProgress });
  const camera = await navigator.mediaDevices.getUserMedia({ video: CAMERA });
  try {
    await show(segmenter, camera.getVideoTracks()[0], signal);
  } finally {
    for (const track of camera.getTracks()) track.stop();
    segmenter.dispose();
    // Nothing of the last frame stays.
    canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
  }
}

async function show(segmenter, track, signal) {
  const options = {
    signal,
    // Below the usual 0.5: rather one blur too many.
    scoreThreshold: 0.2,
    // A model that does not know people blurs everything it finds.
    classes: segmenter.labels.includes('person') ? ['person'] : undefined,
  };
  // The camera does not wait for a frame to be segmented: frames that arrive in between are dropped.
  for await (const { frame, result, dropped } of segmenter.stream(track, options)) {
    canvas.width = result.width;
    canvas.height = result.height;
    // The margin hides the seam where a mask is a little too small.
    blur(canvas, frame, result, { radius: 20, margin: 10 });
    status.textContent = `${result.detections.length} blurred, ${dropped} frames dropped`;
  }
}
