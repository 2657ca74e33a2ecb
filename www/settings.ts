import { type BackendChoice, type PartialSettings, type Progress, Segmenter } from 'maskrcnn-web';
import { element } from './element.js';
import { Complaint } from './explain.js';
import { setThreshold } from './find/filters.js';
import { refresh } from './find/finding.js';
import { tell } from './job.js';
import { asFolder, forget, type OwnModel, ownModels, recall, remember } from './own-models.js';

/** What a segmenter is loaded from. */
interface Settings {
  /** A model that comes with the page, or a visitor's own. */
  model: keyof typeof MODELS | OwnModel;
  backend: string;
  /** Pixels that the shorter side is scaled to, or `auto`: as the model says. */
  size: string;
}

const MODELS = {
  nuclei: 'models/nuclei/manifest.json',
  everyday: 'models/everyday/manifest.json',
  reference: 'models/reference-tiny.safetensors',
};
/** Models with a notice that stands above their results: what may not be believed of them. */
const NOTICES = ['everyday', 'reference'];
/** The input size and the numbers of proposals that the reference checkpoint was made for. */
const REFERENCE: PartialSettings = { input: { minSize: 128 }, proposals: { preNmsTopN: 500, postNmsTopN: 200 } };
/** What comes before the names of own models in the list's values. */
const OWN = 'own:';

const network = element('network', HTMLSelectElement);
const backend = element('backend', HTMLSelectElement);
const size = element('size', HTMLSelectElement);
const forgetting = element('forget', HTMLButtonElement);

let settings: Settings = { model: 'nuclei', backend: 'auto', size: 'auto' };
let loaded: Segmenter | undefined;

/** The network that is loaded, if one is. */
export function segmenter(): Segmenter | undefined {
  return loaded;
}

/** What the loaded model is called, with its layout where the name does not imply it. */
export function modelName(): string {
  const name = network.selectedOptions[0]?.text ?? '';
  return !loaded || loaded.manifest ? name : `${name}, ${loaded.architecture}`;
}

/** Whether the visitor asked for a backend. */
export function isBackendChosen(): boolean {
  return settings.backend !== 'auto';
}

/** Loads what is set, with a few changes, and only then releases the previous model, which stays if that fails. */
export async function load(changes: Partial<Settings>, signal: AbortSignal): Promise<void> {
  const wanted = { ...settings, ...changes };
  let { model } = wanted;
  const following = { signal, onProgress: showProgress };
  try {
    if (typeof model !== 'string') model = await asFolder(model, following);
    const next = await Segmenter.load({
      model: typeof model === 'string' ? MODELS[model] : model.files,
      backend: wanted.backend as BackendChoice,
      settings: {
        ...(model === 'reference' && REFERENCE),
        ...(wanted.size !== 'auto' && { input: { minSize: Number(wanted.size), minScale: 0 } }),
      },
      // The service worker keeps the page's models, and a visitor's own are kept by name.
      cache: false,
      ...following,
    });
    const isOther = !loaded || model !== settings.model;
    loaded?.dispose();
    loaded = next;
    // A folder's model has a name of its own.
    if (typeof model !== 'string') model = { ...model, name: next.manifest?.name ?? model.name };
    settings = { ...wanted, model };
    // Each model has a score of its own from which on its objects are worth believing.
    if (isOther) setThreshold(next.manifest ? next.settings.detections.scoreThreshold : 0.5);
    refresh();
    if (typeof model !== 'string') await remember(model);
  } finally {
    await showSettings();
  }
}

/** Makes the controls say what is loaded, whatever was asked for. */
async function showSettings(): Promise<void> {
  const { model } = settings;
  const isOwn = typeof model !== 'string';
  const names = new Set([...(await ownModels()), ...(isOwn ? [model.name] : [])]);
  for (const option of network.querySelectorAll(`[value^="${OWN}"]`)) option.remove();
  network.append(...[...names].sort().map((name) => new Option(name, OWN + name)));
  network.value = isOwn ? OWN + model.name : model;
  backend.value = settings.backend;
  size.value = settings.size;
  forgetting.hidden = !isOwn;
  for (const name of NOTICES) element(name, HTMLElement).hidden = model !== name;
}

function showProgress({ phase, loaded, total }: Progress): void {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const amount = total ? `${megabytes(loaded)} of ${megabytes(total)}` : megabytes(loaded);
  if (phase === 'download') tell(`Downloading the model, ${amount}…`, total && loaded / total);
  else if (phase === 'compile') tell('Getting the GPU ready…', total && loaded / total);
  else tell('Preparing the network…');
}

/** A model that the visitor has brought along, run as its manifest says. */
export function ownModel(files: File[]): Partial<Settings> {
  return { model: { name: files[0]?.name ?? '', files }, size: 'auto' };
}

/** Tells when the visitor wants something else loaded. */
export function listenForSettings(onChange: (wanted: () => Promise<Partial<Settings>>) => void): void {
  backend.addEventListener('change', () => onChange(async () => ({ backend: backend.value })));
  size.addEventListener('change', () => onChange(async () => ({ size: size.value })));
  network.addEventListener('change', () => {
    const { value } = network;
    onChange(() => chosen(value));
  });
  forgetting.addEventListener('click', () => {
    const { model } = settings;
    onChange(async () => {
      if (typeof model !== 'string') await forget(model.name);
      return { model: 'nuclei', size: 'auto' };
    });
  });
  void showSettings();
}

async function chosen(value: string): Promise<Partial<Settings>> {
  if (!value.startsWith(OWN)) return { model: value as keyof typeof MODELS, size: 'auto' };
  const name = value.slice(OWN.length);
  const model = await recall(name);
  if (!model) throw new Complaint(`${name} is no longer kept in this browser. Open its file again.`);
  return ownModel(model.files);
}
