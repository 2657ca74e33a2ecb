/** The models that a visitor has brought along, kept on this device by the browser. */

import { convert, type Progress } from 'maskrcnn-web';

/** A checkpoint, or the files of a model's folder. */
export interface OwnModel {
  /** What the list of models calls it. */
  name: string;
  files: File[];
}

/** Whether a file says what the other files of a model's folder are. */
export function isManifest({ name }: File): boolean {
  return name === 'manifest.json';
}

/**
 * A model's folder: the one that it is, else one made of the checkpoint, which takes half of its space.
 *
 * A checkpoint does not say how it is to be run. What its library does by itself is for measuring: at 800 pixels a CPU
 * takes minutes, and most of what scores 0.05 is nothing.
 */
export async function asFolder(
  model: OwnModel,
  options: { signal: AbortSignal; onProgress(progress: Progress): void },
): Promise<OwnModel> {
  const [checkpoint] = model.files;
  if (!checkpoint || model.files.some(isManifest)) return model;
  const { manifest, files: folder } = await convert(checkpoint, options);
  const { input, detections } = manifest.settings;
  const settings = {
    ...manifest.settings,
    input: { ...input, minSize: Math.min(input.minSize, 512) },
    detections: { ...detections, scoreThreshold: 0.5 },
  };
  const ours = { ...manifest, settings };
  const weights = folder.filter((file) => !isManifest(file));
  return { name: manifest.name, files: [new File([JSON.stringify(ours)], 'manifest.json'), ...weights] };
}

/** What of a file's address in the cache comes before its model's name. */
const PLACE = new URL('own-models/', document.baseURI).href;

/** Whether this browser can keep models: in private windows and on pages without https some cannot. */
const open = async () => (globalThis.caches ? caches.open(`own models of ${PLACE}`).catch(() => undefined) : undefined);

/** The names of the models that are kept. */
export async function ownModels(): Promise<string[]> {
  const kept = (await (await open())?.keys()) ?? [];
  return kept.map(({ url }) => decodeURIComponent(url.slice(PLACE.length).split('/')[0] ?? ''));
}

/** Keeps a model under its name, in place of an earlier one; `false` where the browser has no room for it. */
export async function remember({ name, files }: OwnModel): Promise<boolean> {
  const cache = await open();
  if (!cache) return false;
  await forget(name);
  try {
    for (const file of files) await cache.put(folderOf(name) + encodeURIComponent(file.name), new Response(file));
    return true;
  } catch {
    // A part of a model is of no use.
    await forget(name);
    return false;
  }
}

/** A model that is kept. */
export async function recall(name: string): Promise<OwnModel | undefined> {
  const files: File[] = [];
  for (const request of await filesOf(name)) {
    const kept = await (await open())?.match(request);
    if (kept) files.push(new File([await kept.blob()], decodeURIComponent(request.url.slice(folderOf(name).length))));
  }
  return files.length > 0 ? { name, files } : undefined;
}

/** Deletes a model. */
export async function forget(name: string): Promise<void> {
  for (const request of await filesOf(name)) await (await open())?.delete(request);
}

async function filesOf(name: string): Promise<readonly Request[]> {
  const kept = (await (await open())?.keys()) ?? [];
  return kept.filter(({ url }) => url.startsWith(folderOf(name)));
}

function folderOf(name: string): string {
  return `${PLACE}${encodeURIComponent(name)}/`;
}
