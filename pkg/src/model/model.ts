import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { download, MAX_MODEL_BYTES, readResponse, request } from '../platform/download.js';
import { answerOf, HEAD_BYTES, headOf, refuseMistaken } from '../platform/mistaken.js';
import { addressOf, pageAddress } from './address.js';
import { checkManifest, verify } from './manifest.js';
import { checkModelPackage, isModelPackage, type ModelPackage } from './model-package.js';
import { isAboutContent, joined, readParts } from './parts.js';
import type { Manifest, WeightsFile } from './settings.js';

/**
 * Where a model comes from: the default export of a package that holds one; a manifest, as an object, a URL or a
 * `Response`, or the URL of the folder with `manifest.json`; the files of a model's folder on the visitor's own disk,
 * `manifest.json` among them; or a checkpoint alone, torchvision's or detectron2's, `.safetensors`, `.pth` or `.pkl`, as a
 * URL or as bytes.
 */
export type ModelSource = string | URL | Response | Blob | ArrayBuffer | Uint8Array | Manifest | ModelPackage | File[];

/** Progress of loading. */
export interface Progress {
  /**
   * `'download'` while bytes arrive, `'prepare'` while the network is built from them or they are converted, and then, on
   * WebGPU, `'compile'` while the GPU compiles its kernels.
   */
  phase: 'download' | 'prepare' | 'compile';
  /** Bytes received so far; for `'compile'`, stages of the network that are compiled. */
  loaded: number;
  /** Bytes in all, where the manifest or the server says so; of `'compile'`, stages in all. */
  total: number | undefined;
}

/** What was read: a checkpoint and, unless there was none, the manifest that it came with. */
export interface Model {
  /** A Blob: the browser may keep it on disk, and it goes to a worker without a copy. */
  weights: Blob;
  manifest: Manifest | undefined;
  /** What a checkpoint alone is called in errors: its address, or the file's name. */
  name: string | undefined;
}

/** A checkpoint alone, torchvision's or detectron2's, `.safetensors`, `.pth` or `.pkl`: its URL or its bytes. */
export type CheckpointSource = Exclude<ModelSource, Manifest | ModelPackage | File[]>;

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
/**
 * What precedes the addresses that the browser keeps the weights of packages under. They are the same whatever a bundler
 * calls the file, which is another name for every version: a new version replaces the old one.
 */
const KEPT = 'https://maskrcnn-web.invalid';
/** What the manifest is called in a model's folder. */
export const MANIFEST = 'manifest.json';

/**
 * Reads a model.
 *
 * @throws `network` when it cannot be downloaded, `aborted`, `weights-integrity` when a file is
 * not what the manifest says, too long or plainly something else, or `invalid-input` when a file of the folder
 * is missing, for a detached buffer, or for anything else that is not a source.
 */
export async function readModel(source: ModelSource, options: ReadOptions): Promise<Model> {
  if (typeof source === 'string' || source instanceof URL) return readAddress(addressOf(source), options);
  if (Object.prototype.toString.call(source) === '[object Object]') return readObject(source as object, options);
  if (Array.isArray(source)) return readFolder(source);
  const file = await readFile(source as Exclude<CheckpointSource, string | URL>, options);
  const manifest = await manifestIn(file.content);
  if (manifest === undefined) return checkpoint(file);
  const { url } = file;
  if (url) return readBeside([url], checkManifest(manifest, url), options);
  throw new MaskRcnnError(
    'invalid-input',
    `these bytes are a manifest, without the weights: give all files of the model's folder, or the manifest's URL`,
  );
}

/**
 * Reads a checkpoint.
 *
 * @throws as {@link readModel}
 */
export async function readCheckpoint(source: CheckpointSource, options: CheckpointReadOptions): Promise<Model> {
  const isAddress = typeof source === 'string' || source instanceof URL;
  const file = await (isAddress ? fetchFile(addressOf(source), options) : readFile(source, options));
  if ((await manifestIn(file.content)) === undefined) return checkpoint(file);
  throw new MaskRcnnError('invalid-input', `${file.name ?? 'this'} is a manifest; give the checkpoint itself`);
}

/** A file that was read. */
interface ReadFile {
  content: Blob;
  /** Where it came from, after every redirect. */
  url?: string | undefined;
  /** What it is called in errors. */
  name?: string | undefined;
}

/** Reads a manifest, whose files are looked for from the page, or a package's model. */
async function readObject(source: object, options: ReadOptions): Promise<Model> {
  if (!isModelPackage(source)) return readBeside([pageAddress()], checkManifest(source), options);
  const { manifest, weights } = checkModelPackage(source);
  const places = weights.map((place, i) => {
    if (typeof place !== 'string' && !(place instanceof URL)) return blobOf(place);
    return { addresses: [addressOf(place).href], keptAs: `${KEPT}/${encodeURIComponent(manifest.name)}/${i}` };
  });
  const files = await readParts(manifest, places, options).catch((error) => {
    // Bytes were given by the caller; what a bundler did with the file is another matter.
    if (!isAboutContent(error) || places.some((place) => place instanceof Blob)) throw error;
    throw new MaskRcnnError(error.code, `${error.message}. ${NOT_DEPLOYED}`, { cause: error });
  });
  return modelOf(manifest, files);
}

const NOT_DEPLOYED =
  'Where a bundler or its development server does not find the weights of a package, say where they are, ' +
  '`load({ model: { manifest, weights: [urlOrBytes] } })`, or see “Serving it” in the README of maskrcnn-web';

/**
 * Reads the files of a manifest from beside it.
 *
 * @param bases what the files' addresses start from: where the manifest was, and where it was asked for, as some servers
 * redirect each file by itself to a place that knows nothing of the others
 */
async function readBeside(bases: readonly string[], manifest: Manifest, options: ReadOptions): Promise<Model> {
  const places = manifest.weights.map(({ file }) => ({
    addresses: [...new Set(bases.map((base) => new URL(file, base).href))],
  }));
  return modelOf(manifest, await readParts(manifest, places, options));
}

function modelOf(manifest: Manifest, weights: Blob): Model {
  return { weights, manifest, name: undefined };
}

/** Reads what is at an address: a manifest, a model's folder, or a checkpoint. */
async function readAddress(address: URL, options: ReadOptions): Promise<Model> {
  const { pathname, protocol } = address;
  if (pathname.endsWith('.json')) return readManifest(address, options);
  const itself = () => readAnything(address, options);
  if (/\.[^/]*$/.test(pathname) || !/^https?:$/.test(protocol)) return itself();
  // An address without a file's ending may name the model's folder.
  const inFolder = () => readManifest(manifestOf(address), options);
  const [first, second] = pathname.endsWith('/') ? [inFolder, itself] : [itself, inFolder];
  return first().catch(async (error) => {
    if (!isAboutContent(error)) throw error;
    return second().catch((other) => {
      if (!isAboutContent(other)) throw other;
      throw first === itself ? joined(error, 'As a folder', other) : joined(other, 'As a folder', error);
    });
  });
}

/** Reads a checkpoint, or a manifest that nothing but its content tells apart from one. */
async function readAnything(address: URL, options: ReadOptions): Promise<Model> {
  const file = await fetchFile(address, options);
  const manifest = await manifestIn(file.content);
  if (manifest === undefined) return checkpoint(file);
  return readBeside([file.url ?? address.href, address.href], checkManifest(manifest, file.name), options);
}

/** The manifest's address in a model's folder. */
function manifestOf(folder: URL): URL {
  const address = new URL(folder);
  address.pathname = `${folder.pathname.replace(/\/$/, '')}/${MANIFEST}`;
  return address;
}

async function readManifest({ href }: URL, options: ReadOptions): Promise<Model> {
  const response = await request(href, {}, options.signal);
  const text = await (await readResponse(response, { limit: MAX_MANIFEST_BYTES, signal: options.signal })).text();
  const manifest = parse(text, `${response.url} (${answerOf(response)})`);
  return readBeside([response.url, href], checkManifest(manifest, response.url), options);
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new MaskRcnnError('weights-integrity', `the manifest ${name} is no JSON: ${reason}`, { cause });
  }
}

/** The JSON object that a file is; a checkpoint never is one. */
async function manifestIn(content: Blob): Promise<unknown> {
  if (content.size > MAX_MANIFEST_BYTES || !/^\ufeff?\s*\{/.test(await content.slice(0, HEAD_BYTES).text()))
    return undefined;
  try {
    return parse(await content.text(), '');
  } catch {
    return undefined;
  }
}

function checkpoint({ content, name }: ReadFile): Model {
  if (content.size > MAX_MODEL_BYTES) {
    throw new MaskRcnnError(
      'weights-integrity',
      `the model has ${content.size} bytes; it may have ${MAX_MODEL_BYTES} at most`,
    );
  }
  return { weights: content, manifest: undefined, name };
}

/** Takes and verifies every file of a manifest from those of its folder. */
async function readFolder(files: readonly File[]): Promise<Model> {
  const other = files.findIndex((file) => !(file instanceof File));
  if (other >= 0) {
    throw new MaskRcnnError(
      'invalid-input',
      `a model's folder is given as a list of Files; item ${other} is ${kindOf(files[other])}`,
    );
  }
  const named = (path: string) => {
    const file = files.find(({ name }) => name === path.split('/').at(-1));
    if (!file) throw new MaskRcnnError('invalid-input', `the model's files lack ${path}; give all files of its folder`);
    return file;
  };
  const described = named(MANIFEST);
  refuseMistaken(await headOf(described), MANIFEST);
  const manifest = checkManifest(parse(await described.slice(0, MAX_MANIFEST_BYTES).text(), MANIFEST), MANIFEST);
  const parts = manifest.weights.map(({ file }) => named(file));
  for (const [i, part] of parts.entries()) {
    refuseMistaken(await headOf(part), part.name);
    await verify(part, manifest.weights[i] as WeightsFile);
  }
  return modelOf(manifest, new Blob(parts));
}

async function fetchFile(address: URL, options: CheckpointReadOptions): Promise<ReadFile> {
  const { content, url } = await download(address.href, downloadOptions(options));
  return { content, url, name: url };
}

function downloadOptions({ signal, onProgress }: CheckpointReadOptions) {
  return {
    limit: MAX_MODEL_BYTES,
    signal,
    onProgress: (loaded: number, total: number | undefined) => onProgress?.({ phase: 'download', loaded, total }),
  };
}

/** Reads what the caller has already, or is about to have. */
async function readFile(
  source: Exclude<CheckpointSource, string | URL>,
  options: CheckpointReadOptions,
): Promise<ReadFile> {
  if (source instanceof Response) {
    const content = await readResponse(source, downloadOptions(options));
    return { content, url: source.url, name: source.url || undefined };
  }
  const content = blobOf(source);
  const name = content instanceof File ? content.name : undefined;
  refuseMistaken(await headOf(content), name ?? 'the model');
  return { content, name };
}

function blobOf(source: unknown): Blob {
  if (source instanceof Blob) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    if (source.byteLength === 0)
      throw new MaskRcnnError('invalid-input', 'the model has no bytes: its buffer is empty or detached');
    return new Blob([source as BlobPart]);
  }
  const kind = kindOf(source);
  throw new MaskRcnnError(
    'invalid-input',
    'a model is given as a URL, the default export of its package, a manifest, a list of files, a Response, Blob, ' +
      `ArrayBuffer or Uint8Array, not ${kind}${HINTS[kind] ?? ''}`,
  );
}

/** What was meant, by what `kindOf` says of it. */
const HINTS: Readonly<Record<string, string>> = {
  Module: '; of what `import()` gives, take `default`',
  Promise: '; `await` it',
};
