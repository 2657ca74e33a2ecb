import {
  AbortedError,
  type BackendChoice,
  type Detection,
  type Progress,
  Segmenter,
  type SegmentResult,
} from 'maskrcnn-web';
import { showAreas } from './areas.js';
import { element } from './element.js';
import { explain } from './explain.js';
import { listenForFiles } from './intake.js';
import { counted, noun } from './noun.js';
import { listDetections, showFacts } from './results.js';
import { show } from './stage.js';

/** What a segmenter is loaded from. */
interface Settings {
  model: keyof typeof MODELS | File;
  backend: string;
  /** Pixels that the shorter side is scaled to, or `auto`: as the model says. */
  size: string;
}

const MODELS = { nuclei: 'models/nuclei/manifest.json', reference: 'models/reference-tiny.safetensors' };
/** The input size and the numbers of proposals that the reference checkpoint was made for. */
const REFERENCE = { minSize: 128, preNmsTopN: 500, postNmsTopN: 200 };
const EXAMPLE = { file: 'example.png', name: 'Example: nuclei made up by a generator' };
// All that the network reports is kept, so that the slider can go down to it without another run.
const LOWEST_SCORE = 0.05;

const threshold = element('threshold', HTMLInputElement);
const network = element('network', HTMLSelectElement);
const ownModel = element('own-model', HTMLOptionElement);
const backend = element('backend', HTMLSelectElement);
const size = element('size', HTMLSelectElement);
const headline = element('count', HTMLElement);
const status = element('status', HTMLElement);
const alert = element('error', HTMLElement);
const progress = element('progress', HTMLProgressElement);

let settings: Settings = { model: 'nuclei', backend: 'auto', size: 'auto' };
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
  const { model } = wanted;
  try {
    const loaded = await Segmenter.load({
      model: model instanceof File ? model : MODELS[model],
      backend: wanted.backend as BackendChoice,
      ...(model === 'reference' && REFERENCE),
      ...(wanted.size !== 'auto' && { minSize: Number(wanted.size), minScale: 0 }),
      signal,
      onProgress: showProgress,
    });
    // Each model has a score of its own from which on its objects are worth believing.
    if (!segmenter || model !== settings.model) threshold.value = String(100 * usualScore(loaded));
    segmenter?.dispose();
    segmenter = loaded;
    settings = wanted;
  } finally {
    showSettings();
  }
  await segment(signal);
}

function usualScore({ manifest }: Segmenter): number {
  return manifest?.detections.scoreThreshold ?? 0.5;
}

/** Makes the controls say what is loaded, whatever was asked for. */
function showSettings(): void {
  const { model } = settings;
  const isFile = model instanceof File;
  ownModel.hidden = !isFile;
  ownModel.textContent = isFile ? model.name : '';
  network.value = isFile ? ownModel.value : model;
  backend.value = settings.backend;
  size.value = settings.size;
  element('reference', HTMLElement).hidden = model !== 'reference';
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
  status.textContent = `Looking for ${noun(segmenter.labels, 2)}…`;
  result = await segmenter.segment(picture.file, { scoreThreshold: LOWEST_SCORE, signal });
  const name = network.selectedOptions[0]?.text ?? '';
  showFacts(result, segmenter.manifest ? name : `${name}, ${segmenter.preset}`);
  redraw();
}

/** Shows what is known, at the slider's threshold; the network is not asked again. */
function redraw(): void {
  const scoreThreshold = threshold.valueAsNumber / 100;
  element('threshold-value', HTMLOutputElement).value = `${threshold.value} %`;
  if (!picture) return;
  const { bitmap, name } = picture;
  const labels = segmenter?.labels ?? [];
  const scene = { picture: bitmap, name, result, scoreThreshold, labels };
  const point = (highlight?: Detection) => show({ ...scene, highlight });
  point();
  listDetections(result ?? { detections: [] }, scoreThreshold, point);
  const shown = result?.detections.filter(({ score }) => score > scoreThreshold) ?? [];
  showAreas(shown, labels);
  headline.textContent = result ? counted(shown.length, labels) : 'Objects';
  if (!result) return;
  const all = result.detections.length;
  status.textContent = `${shown.length} of ${counted(all, labels)} score above ${threshold.value} %.`;
}

threshold.addEventListener('input', redraw);
backend.addEventListener('change', () => begin((signal) => load({ ...settings, backend: backend.value }, signal)));
size.addEventListener('change', () => begin((signal) => load({ ...settings, size: size.value }, signal)));
network.addEventListener('change', () => {
  const model = network.value as keyof typeof MODELS;
  if (model in MODELS) begin((signal) => load({ ...settings, model, size: 'auto' }, signal));
});
listenForFiles({
  picture: (file) => begin((signal) => openPicture(file, file.name, signal)),
  // What a visitor has trained is mostly a large network: at its own 800 pixels it would take minutes on a CPU.
  model: (file) => begin((signal) => load({ ...settings, model: file, size: '512' }, signal)),
});

begin(async (signal) => {
  const example = await fetch(EXAMPLE.file, { signal });
  await openPicture(await example.blob(), EXAMPLE.name, signal);
  await load(settings, signal);
});
