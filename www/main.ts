import {
  AbortedError,
  type BackendChoice,
  type Detection,
  type Progress,
  Segmenter,
  type SegmentResult,
} from 'maskrcnn-web';
import { element } from './element.js';
import { explain } from './explain.js';
import { listenForFiles } from './intake.js';
import { listDetections, showFacts } from './results.js';
import { show } from './stage.js';

/** What a segmenter is loaded from. */
interface Settings {
  model: string | File;
  backend: string;
  size: string;
}

const REFERENCE = 'models/reference-tiny.safetensors';
const EXAMPLE = 'example.jpg';
// All that the network reports is kept, so that the slider can go down to it without another run.
const LOWEST_SCORE = 0.05;

const threshold = element('threshold', HTMLInputElement);
const backend = element('backend', HTMLSelectElement);
const size = element('size', HTMLSelectElement);
const status = element('status', HTMLElement);
const alert = element('error', HTMLElement);
const progress = element('progress', HTMLProgressElement);

let settings: Settings = { model: REFERENCE, backend: 'auto', size: '128' };
let segmenter: Segmenter | undefined;
let picture: { file: Blob; bitmap: ImageBitmap; name: string } | undefined;
let result: SegmentResult | undefined;
let work = new AbortController();

/** Does one thing at a time: what is begun replaces what is under way. */
async function begin(job: (signal: AbortSignal) => Promise<void>): Promise<void> {
  work.abort();
  work = new AbortController();
  const { signal } = work;
  progress.hidden = false;
  alert.hidden = true;
  try {
    await job(signal);
  } catch (error) {
    if (signal.aborted || error instanceof AbortedError) return;
    alert.textContent = explain(error);
    alert.hidden = false;
    status.textContent = 'That did not work.';
  } finally {
    if (!signal.aborted) progress.hidden = true;
  }
}

/** Loads a segmenter, and only then lets go of the one before: when loading fails, that one is still there. */
async function load(wanted: Settings, signal: AbortSignal): Promise<void> {
  const isReference = wanted.model === REFERENCE;
  try {
    const loaded = await Segmenter.load({
      model: wanted.model,
      backend: wanted.backend as BackendChoice,
      minSize: Number(wanted.size),
      // The reference checkpoint's own numbers of proposals; others have torchvision's.
      ...(isReference && { preNmsTopN: 500, postNmsTopN: 200 }),
      signal,
      onProgress: showProgress,
    });
    segmenter?.dispose();
    segmenter = loaded;
    settings = wanted;
  } finally {
    backend.value = settings.backend;
    size.value = settings.size;
  }
  element('reference', HTMLElement).hidden = !isReference;
  await segment(signal);
}

function showProgress({ phase, loaded, total }: Progress): void {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const isDownload = phase === 'download';
  if (isDownload && total) progress.value = loaded / total;
  else progress.removeAttribute('value');
  const amount = total ? `${megabytes(loaded)} of ${megabytes(total)}` : megabytes(loaded);
  status.textContent = isDownload ? `Fetching the model, ${amount}…` : 'Preparing the network…';
}

async function openPicture(file: Blob, name: string, signal: AbortSignal): Promise<void> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${name} is no picture that this browser can read`);
  });
  if (signal.aborted) return bitmap.close();
  picture?.bitmap.close();
  picture = { file, bitmap, name };
  result = undefined;
  redraw();
  await segment(signal);
}

async function segment(signal: AbortSignal): Promise<void> {
  if (!segmenter || !picture) return;
  progress.removeAttribute('value');
  status.textContent = 'Looking for objects…';
  result = await segmenter.segment(picture.file, { scoreThreshold: LOWEST_SCORE, signal });
  const { model } = settings;
  showFacts(result, segmenter.preset, typeof model === 'string' ? 'reference checkpoint' : model.name);
  redraw();
}

/** Shows what is known, at the slider's threshold; the network is not asked again. */
function redraw(): void {
  const scoreThreshold = threshold.valueAsNumber / 100;
  element('threshold-value', HTMLOutputElement).value = `${threshold.value} %`;
  if (!picture) return;
  const { bitmap, name } = picture;
  const scene = { picture: bitmap, name, result, scoreThreshold };
  const point = (highlight?: Detection) => show({ ...scene, highlight });
  point();
  listDetections(result ?? { detections: [] }, scoreThreshold, point);
  if (!result) return;
  const count = result.detections.filter(({ score }) => score > scoreThreshold).length;
  status.textContent = `${count} of ${result.detections.length} objects score above ${threshold.value} %.`;
}

threshold.addEventListener('input', redraw);
backend.addEventListener('change', () => begin((signal) => load({ ...settings, backend: backend.value }, signal)));
size.addEventListener('change', () => begin((signal) => load({ ...settings, size: size.value }, signal)));
listenForFiles({
  picture: (file) => begin((signal) => openPicture(file, file.name, signal)),
  // A visitor's own model is a trained one, and made for larger pictures than the reference's.
  model: (file) => begin((signal) => load({ ...settings, model: file, size: '512' }, signal)),
});

begin(async (signal) => {
  const example = await fetch(EXAMPLE, { signal });
  await openPicture(await example.blob(), 'Example: Chelsea the cat', signal);
  await load(settings, signal);
});
