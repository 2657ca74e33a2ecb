import { AbortedError, InvalidInputError, IoError, WeightsIntegrityError } from './errors.js';
import { checkManifest, type ModelManifest, verify } from './manifest.js';

/**
 * Where a model comes from: a manifest, as an object or a URL whose path ends in `.json`; or a torchvision state dict
 * alone, `.safetensors` or `.pth`, as a URL or as bytes.
 */
export type ModelSource = string | URL | Response | Blob | ArrayBuffer | Uint8Array | ModelManifest;

/** How far loading is. */
export interface Progress {
  /** `'download'` while bytes arrive, `'prepare'` while the network is built from them. */
  phase: 'download' | 'prepare';
  /** Bytes that are there. */
  loaded: number;
  /** Bytes in all, where the manifest or the server says so. */
  total: number | undefined;
}

/** What was read: a state dict and, unless there was none, the manifest that it came with. */
export interface Model {
  /** A Blob: the browser may keep it on disk, and it goes to a worker without a copy. */
  weights: Blob;
  manifest: ModelManifest | undefined;
}

type OnProgress = (progress: Progress) => void;

/**
 * Reads a model.
 *
 * @throws {@link IoError} when it cannot be fetched, {@link AbortedError}, {@link WeightsIntegrityError} when a file is
 * not what the manifest says, or {@link InvalidInputError} for a detached buffer or anything else that is no source.
 */
export async function readModel(source: ModelSource, signal?: AbortSignal, onProgress?: OnProgress): Promise<Model> {
  const isUrl = typeof source === 'string' || source instanceof URL;
  if (isUrl && /\.json$/.test(pathOf(source))) {
    const response = await request(source, signal);
    const text = await (await readResponse(response, signal)).text();
    return readParts(checkManifest(parse(text)), response.url, signal, onProgress);
  }
  if (Object.prototype.toString.call(source) === '[object Object]') {
    return readParts(checkManifest(source), undefined, signal, onProgress);
  }
  return {
    weights: await readWeights(source as Exclude<ModelSource, ModelManifest>, signal, onProgress),
    manifest: undefined,
  };
}

/** A URL's path, without what may follow it. */
function pathOf(url: string | URL): string {
  return String(url).replace(/[?#].*$/s, '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WeightsIntegrityError('the manifest is no JSON', { cause });
  }
}

/** Fetches and verifies every file of a manifest. */
async function readParts(
  manifest: ModelManifest,
  base: string | undefined,
  signal?: AbortSignal,
  onProgress?: OnProgress,
): Promise<Model> {
  const total = manifest.weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts: Blob[] = [];
  let before = 0;
  for (const part of manifest.weights) {
    const response = await request(base ? new URL(part.file, base) : part.file, signal);
    const content = await readResponse(response, signal, ({ phase, loaded }) =>
      onProgress?.({ phase, loaded: before + loaded, total }),
    );
    await verify(content, part);
    parts.push(content);
    before += content.size;
  }
  return { weights: new Blob(parts), manifest };
}

async function readWeights(
  source: Exclude<ModelSource, ModelManifest>,
  signal?: AbortSignal,
  onProgress?: OnProgress,
): Promise<Blob> {
  if (source instanceof Blob) return source;
  if (typeof source === 'string' || source instanceof URL) {
    return readResponse(await request(source, signal), signal, onProgress);
  }
  if (source instanceof Response) return readResponse(source, signal, onProgress);
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    if (source.byteLength === 0) throw new InvalidInputError('the model has no bytes: its buffer is empty or detached');
    return new Blob([source as BlobPart]);
  }
  throw new InvalidInputError('a model is given as a URL, manifest, Response, Blob, ArrayBuffer or Uint8Array');
}

async function request(url: string | URL, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted) throw new AbortedError(signal.reason);
    throw new IoError(`the model cannot be fetched from ${url}`, { cause });
  }
}

async function readResponse(response: Response, signal?: AbortSignal, onProgress?: OnProgress): Promise<Blob> {
  if (!response.ok) throw new IoError(`the model cannot be fetched: ${response.url} answered ${response.status}`);
  if (!response.body) throw new IoError('the response with the model has no body');
  // A compressed response says how long it is compressed, which is not what arrives here.
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  const total = length === null ? undefined : Number(length);
  const chunks: BlobPart[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  const cancel = () => void reader.cancel(signal?.reason);
  signal?.addEventListener('abort', cancel);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.push(part.value);
      loaded += part.value.length;
      onProgress?.({ phase: 'download', loaded, total });
    }
  } catch (cause) {
    if (!signal?.aborted) throw new IoError('the connection broke while the model was fetched', { cause });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  if (signal?.aborted) throw new AbortedError(signal.reason);
  return new Blob(chunks);
}
