import { AbortedError, InvalidInputError, IoError } from './errors.js';

/** Where a model's bytes come from: a torchvision state dict as `.safetensors` or `.pth`. */
export type ModelSource = string | URL | Response | Blob | ArrayBuffer | Uint8Array;

/** How far loading is. */
export interface Progress {
  /** `'download'` while bytes arrive, `'prepare'` while the network is built from them. */
  phase: 'download' | 'prepare';
  /** Bytes that are there. */
  loaded: number;
  /** Bytes in all, where the server says so. */
  total: number | undefined;
}

/**
 * Reads a model, as a Blob: the browser may keep it on disk, and it goes to a worker without a copy.
 *
 * @throws {@link IoError} when it cannot be fetched, {@link AbortedError}, or {@link InvalidInputError} for a
 * detached buffer or anything else that is no source.
 */
export async function readModel(
  source: ModelSource,
  signal?: AbortSignal,
  onProgress?: (progress: Progress) => void,
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
  throw new InvalidInputError('a model is given as a URL, Response, Blob, ArrayBuffer or Uint8Array');
}

async function request(url: string | URL, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted) throw new AbortedError(signal.reason);
    throw new IoError(`the model cannot be fetched from ${url}`, { cause });
  }
}

async function readResponse(
  response: Response,
  signal?: AbortSignal,
  onProgress?: (progress: Progress) => void,
): Promise<Blob> {
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
