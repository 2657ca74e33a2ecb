import { aborted, hasCode, MaskRcnnError } from '../errors.js';
import { HEAD_BYTES, headOf, refusal, refuseMistaken } from './mistaken.js';
import { PolicyWatch } from './policy.js';

/** Bytes that a model's files may have together: what fits, with the network made from it, into wasm's 4 GiB. */
export const MAX_MODEL_BYTES = 2 ** 31;

// A server that keeps breaking off is given up.
const MAX_TRIES = 5;
// How much of a file is kept at a time for a later visit.
const PIECE_BYTES = 4 * 2 ** 20;

/** The beginning of a file, from an earlier try. */
export interface Beginning {
  content: Blob;
  /** The `ETag` or `Last-Modified` that the server gave the file. */
  validator: string | undefined;
}

/** How a file is downloaded. */
export interface DownloadOptions {
  /** The length that it must have, where that is known. */
  expected?: number;
  /** It must not be longer. */
  limit: number;
  /** What is there already. */
  beginning?: Beginning | undefined;
  /** Whether what the browser remembers of the address is to be passed over. */
  fresh?: boolean;
  signal?: AbortSignal | undefined;
  /** Called with the number of bytes received so far and in total. */
  onProgress?: ((loaded: number, total: number | undefined) => void) | undefined;
  /** Called with each further piece of the file, and with what is there when the download breaks off. */
  keep?: ((piece: Blob, from: number, validator: string | undefined) => Promise<void>) | undefined;
}

/** A file and where it came from, after every redirect. */
export interface Downloaded {
  content: Blob;
  url: string;
}

/**
 * Downloads a file. When the connection breaks, the download resumes, as long as each try brings something, with a
 * `Range` request where the server honours it.
 *
 * @throws `network`, `aborted`, or `weights-integrity` when it is longer than it may be, or is
 * plainly something else, such as an HTML page
 */
export async function download(url: string, options: DownloadOptions): Promise<Downloaded> {
  const file = new PartialFile(options.beginning);
  let from = url;
  for (let tries = 1; file.loaded !== options.expected; tries++) {
    const before = file.loaded;
    try {
      from = await fetchRest(url, file, options);
      break;
    } catch (error) {
      await file.flush(options.keep);
      const canGoOn = options.expected !== undefined || file.validator !== undefined;
      const isWorthIt = hasCode(error, 'network') && canGoOn && tries < MAX_TRIES && file.loaded > before;
      if (!isWorthIt) throw error;
    }
  }
  return { content: file.content, url: from };
}

/** What there is of a file so far. */
class PartialFile {
  loaded = 0;
  validator: string | undefined;
  #parts: Blob[] = [];
  #kept = 0;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #pending = 0;

  constructor(beginning: Beginning | undefined) {
    if (!beginning) return;
    this.#parts = [beginning.content];
    this.loaded = this.#kept = beginning.content.size;
    this.validator = beginning.validator;
  }

  get content(): Blob {
    return new Blob([...this.#parts, ...this.#chunks]);
  }

  restart(): void {
    this.loaded = this.#kept = this.#pending = 0;
    this.#parts = [];
    this.#chunks = [];
  }

  async add(chunk: Uint8Array<ArrayBuffer>, keep: DownloadOptions['keep']): Promise<void> {
    this.#chunks.push(chunk);
    this.#pending += chunk.length;
    this.loaded += chunk.length;
    if (this.#pending >= PIECE_BYTES) await this.flush(keep);
  }

  /** Hands what is new to `keep`. */
  async flush(keep: DownloadOptions['keep']): Promise<void> {
    if (this.#pending === 0) return;
    const piece = new Blob(this.#chunks);
    this.#parts.push(piece);
    this.#chunks = [];
    this.#pending = 0;
    await keep?.(piece, this.#kept, this.validator);
    this.#kept += piece.size;
  }
}

/** Fetches what is missing, and returns where it came from. */
async function fetchRest(url: string, file: PartialFile, options: DownloadOptions): Promise<string> {
  const { expected, limit, fresh, signal, onProgress, keep } = options;
  const response = await request(url, { cache: fresh ? 'reload' : 'default', headers: rangeOf(url, file) }, signal);
  const validator = response.headers.get('etag') ?? response.headers.get('last-modified') ?? undefined;
  const goesOn =
    response.status === 206 &&
    response.headers.get('content-range')?.startsWith(`bytes ${file.loaded}-`) &&
    (!file.validator || !validator || file.validator === validator);
  if (file.loaded > 0 && !goesOn) {
    file.restart();
    if (response.status === 206 || response.status === 416) {
      await response.body?.cancel();
      return fetchRest(url, file, options);
    }
  }
  if (!goesOn) file.validator = validator;
  const total = expected ?? lengthOf(response, file.loaded);
  if (file.loaded > 0) onProgress?.(file.loaded, total);
  await readChunks(response, { limit: limit - file.loaded, signal, isRest: file.loaded > 0 }, async (chunk) => {
    await file.add(chunk, keep);
    onProgress?.(file.loaded, total);
  });
  return response.url;
}

/** Asks for what is missing. `If-Range` would need a server's leave on another origin, so it is compared here, too. */
function rangeOf(url: string, { loaded, validator }: PartialFile): HeadersInit {
  if (loaded === 0) return {};
  const range = { range: `bytes=${loaded}-` };
  const isOurs = new URL(url).origin === globalThis.location?.origin;
  // `If-Range` does not allow weak ETags.
  return isOurs && validator && !validator.startsWith('W/') ? { ...range, 'if-range': validator } : range;
}

/** Sends a request, and puts what may go wrong into the package's errors. */
export async function request(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
  const policy = new PolicyWatch();
  try {
    return await fetch(url, { ...init, signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted) throw aborted(signal.reason);
    const why = (await policy.refusalOf('connect-src')) ?? whyUnreachable(url);
    throw new MaskRcnnError('network', `the model cannot be downloaded from ${url}: ${why}`, { cause });
  } finally {
    policy.stop();
  }
}

/** Why there was no answer at all, as far as a page may know it. */
export function whyUnreachable(url: string): string {
  const { protocol, origin } = new URL(url, globalThis.document?.baseURI ?? location.href);
  if (protocol === 'file:') return 'browsers do not fetch from `file:`; serve the page, or give the file’s bytes';
  if (origin === globalThis.origin) return 'the server did not answer; check the connection';
  return (
    `the server did not answer, or ${origin} does not let other origins read it: ` +
    `it must send \`Access-Control-Allow-Origin: ${globalThis.origin}\`, on a redirect as well`
  );
}

/** The whole length of what a response gives, where it says so and means what arrives here. */
function lengthOf(response: Response, before: number): number | undefined {
  // A compressed response says how long it is compressed.
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  return length === null ? undefined : before + Number(length);
}

/** Reads a response that the caller made. */
export async function readResponse(
  response: Response,
  { limit, signal, onProgress }: Pick<DownloadOptions, 'limit' | 'signal' | 'onProgress'>,
): Promise<Blob> {
  if (response.bodyUsed) throw new MaskRcnnError('invalid-input', 'the body of the response was read already');
  const file = new PartialFile(undefined);
  const total = lengthOf(response, 0);
  await readChunks(response, { limit, signal }, async (chunk) => {
    await file.add(chunk, undefined);
    onProgress?.(file.loaded, total);
  });
  return file.content;
}

/** How {@link readChunks} reads. */
interface ReadOptions extends Pick<DownloadOptions, 'limit' | 'signal'> {
  /** Whether the file's beginning is there already. */
  isRest?: boolean;
}

async function readChunks(
  response: Response,
  { limit, signal, isRest = false }: ReadOptions,
  onChunk: (chunk: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  const name = response.url || 'the model';
  if (!response.ok) throw new MaskRcnnError('network', `${name} answered ${refusal(response)}`);
  if (!response.body) throw new MaskRcnnError('network', `the response of ${name} has no body`);
  const reader = response.body.getReader();
  const cancel = () => void reader.cancel(signal?.reason).catch(() => {});
  const checkLength = (length: number) => {
    if (length > limit)
      throw new MaskRcnnError('weights-integrity', `${name} is longer than the ${limit} bytes it may have`);
  };
  const declared = lengthOf(response, 0) ?? 0;
  // Held back until it is known what they begin.
  let first: Uint8Array<ArrayBuffer>[] = [];
  let isKnown = isRest;
  const flush = async () => {
    if (!isKnown) refuseMistaken(await headOf(new Blob(first)), name, response);
    isKnown = true;
    checkLength(declared);
    checkLength(read);
    for (const chunk of first) await onChunk(chunk);
    first = [];
  };
  signal?.addEventListener('abort', cancel);
  let read = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      read += part.value.length;
      first.push(part.value);
      // What is too long is not waited for: its first bytes tell what it is.
      if (isKnown || read >= HEAD_BYTES || Math.max(read, declared) > limit) await flush();
    }
    if (!signal?.aborted) await flush();
  } catch (cause) {
    cancel();
    if (signal?.aborted) throw aborted(signal.reason);
    if (hasCode(cause, 'weights-integrity')) throw cause;
    throw new MaskRcnnError('network', `the connection to ${name} broke while the model was downloaded`, { cause });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  if (signal?.aborted) throw aborted(signal.reason);
}
