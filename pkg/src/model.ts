import { download, MAX_MODEL_BYTES, readResponse, request } from './download.js';
import { InvalidInputError, WeightsIntegrityError } from './errors.js';
import { checkManifest, type ModelManifest, verify, type WeightsFile } from './manifest.js';
import { readWeightsFile } from './weights-file.js';

/**
 * Where a model comes from: a manifest, as an object or a URL whose path ends in `.json`; the files of a model's folder
 * on the visitor's own disk, `manifest.json` among them; or a checkpoint alone, torchvision's or detectron2's,
 * `.safetensors`, `.pth` or `.pkl`, as a URL or as bytes.
 */
export type ModelSource = string | URL | Response | Blob | ArrayBuffer | Uint8Array | ModelManifest | File[];

/** How far loading is. */
export interface Progress {
  /**
   * `'download'` while bytes arrive, `'prepare'` while the network is built from them or they are converted, and then, on
   * WebGPU, `'compile'` while the GPU compiles its kernels.
   */
  phase: 'download' | 'prepare' | 'compile';
  /** Bytes that are there; of `'compile'`, stages of the network that are compiled. */
  loaded: number;
  /** Bytes in all, where the manifest or the server says so; of `'compile'`, stages in all. */
  total: number | undefined;
}

/** What was read: a checkpoint and, unless there was none, the manifest that it came with. */
export interface Model {
  /** A Blob: the browser may keep it on disk, and it goes to a worker without a copy. */
  weights: Blob;
  manifest: ModelManifest | undefined;
}

/** A checkpoint alone, torchvision's or detectron2's, `.safetensors`, `.pth` or `.pkl`: its URL or its bytes. */
export type CheckpointSource = Exclude<ModelSource, ModelManifest | File[]>;

/** How a checkpoint is read. */
export interface CheckpointReadOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** How a model is read. */
export interface ReadOptions extends CheckpointReadOptions {
  /** Whether the files of a manifest may come from the browser's cache, and are kept there. */
  cache: boolean;
}

const MAX_MANIFEST_BYTES = 2 ** 20;
/** What the manifest is called in a model's folder. */
export const MANIFEST = 'manifest.json';

/**
 * Reads a model.
 *
 * @throws {@link IoError} when it cannot be fetched, {@link AbortedError}, {@link WeightsIntegrityError} when a file is
 * not what the manifest says or too long, or {@link InvalidInputError} when a file of the folder is missing, for a
 * detached buffer, or for anything else that is no source.
 */
export async function readModel(source: ModelSource, options: ReadOptions): Promise<Model> {
  const isUrl = typeof source === 'string' || source instanceof URL;
  if (isUrl && /\.json$/.test(pathOf(source))) {
    const response = await request(String(source), {}, options.signal);
    const text = await (await readResponse(response, { limit: MAX_MANIFEST_BYTES, signal: options.signal })).text();
    return readParts(checkManifest(parse(text)), response.url, options);
  }
  if (Object.prototype.toString.call(source) === '[object Object]') {
    return readParts(checkManifest(source), pageAddress(), options);
  }
  if (Array.isArray(source)) return readFolder(source);
  return { weights: await readCheckpoint(source as CheckpointSource, options), manifest: undefined };
}

/**
 * Reads a checkpoint.
 *
 * @throws as {@link readModel}
 */
export async function readCheckpoint(source: CheckpointSource, options: CheckpointReadOptions): Promise<Blob> {
  const bytes = await readBytes(source, options);
  if (bytes.size > MAX_MODEL_BYTES) {
    throw new WeightsIntegrityError(`the model has ${bytes.size} bytes; it may have ${MAX_MODEL_BYTES} at most`);
  }
  return bytes;
}

/** What relative addresses start from; a segmenter may live in a worker, which has no document. */
function pageAddress(): string {
  return globalThis.document?.baseURI ?? location.href;
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

/** Reads and verifies every file of a manifest. */
async function readParts(manifest: ModelManifest, base: string, options: ReadOptions): Promise<Model> {
  const { cache, signal, onProgress } = options;
  const total = manifest.weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts: Blob[] = [];
  let before = 0;
  for (const file of manifest.weights) {
    // A file that is fetched anew does not set the progress back.
    let most = 0;
    const content = await readWeightsFile(new URL(file.file, base).href, file, {
      cache,
      signal,
      onProgress(loaded) {
        most = Math.max(most, loaded);
        onProgress?.({ phase: 'download', loaded: before + most, total });
      },
    });
    parts.push(content);
    before += content.size;
  }
  return { weights: new Blob(parts), manifest };
}

/** Takes and verifies every file of a manifest from those of its folder. */
async function readFolder(files: readonly File[]): Promise<Model> {
  const named = (path: string) => {
    const file = files.find(({ name }) => name === path.split('/').at(-1));
    if (!file) throw new InvalidInputError(`the model's files lack ${path}; give all files of its folder`);
    return file;
  };
  const manifest = checkManifest(parse(await named(MANIFEST).slice(0, MAX_MANIFEST_BYTES).text()));
  const parts = manifest.weights.map(({ file }) => named(file));
  for (const [i, part] of parts.entries()) await verify(part, manifest.weights[i] as WeightsFile);
  return { weights: new Blob(parts), manifest };
}

async function readBytes(source: CheckpointSource, options: CheckpointReadOptions): Promise<Blob> {
  if (source instanceof Blob) return source;
  const { signal, onProgress } = options;
  const settings = {
    limit: MAX_MODEL_BYTES,
    signal,
    onProgress: (loaded: number, total: number | undefined) => onProgress?.({ phase: 'download', loaded, total }),
  };
  if (typeof source === 'string' || source instanceof URL) {
    return download(new URL(source, pageAddress()).href, settings);
  }
  if (source instanceof Response) return readResponse(source, settings);
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    if (source.byteLength === 0) throw new InvalidInputError('the model has no bytes: its buffer is empty or detached');
    return new Blob([source as BlobPart]);
  }
  throw new InvalidInputError(
    'a model is given as a URL, manifest, list of files, Response, Blob, ArrayBuffer or Uint8Array',
  );
}
