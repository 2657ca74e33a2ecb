import { kindOf } from '../../arguments.js';
import { MaskRcnnError } from '../../errors.js';
import { damaged } from './errors.js';

/** Where a file's bytes come from. */
export interface ByteSource {
  /** Length of the file in bytes. */
  readonly size: number;
  /** Some bytes, all of which lie inside the file: {@link readBytes} checks that. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a file can be opened from. */
export type FileSource = Blob | ArrayBuffer | Uint8Array | string | URL;

/**
 * A source of bytes for whatever a file is opened from. Of a Blob and of a server that answers range requests only the
 * parts that are needed are read.
 *
 * @throws `invalid-input` for what is not a file, `network` for what cannot be downloaded
 */
export async function byteSource(source: FileSource, signal?: AbortSignal): Promise<ByteSource> {
  const kind = kindOf(source);
  switch (kind) {
    case 'Blob':
    case 'File':
      return new BlobSource(source as Blob);
    case 'ArrayBuffer':
      return new MemorySource(new Uint8Array(source as ArrayBuffer));
    case 'Uint8Array':
      return new MemorySource(source as Uint8Array);
    case 'a string':
    case 'URL':
      return openAddress(String(source), signal);
    default:
      throw new MaskRcnnError(
        'invalid-input',
        `a TIFF file cannot be opened from ${kind}; give a Blob, an ArrayBuffer, a Uint8Array or an address`,
      );
  }
}

/** @throws `invalid-input` unless the bytes lie inside the file */
export async function readBytes(
  source: ByteSource,
  { offset, length }: { offset: number; length: number },
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (offset + length > source.size) {
    throw damaged(`${what} should be ${length} bytes at ${offset}, but the file ends at ${source.size}`);
  }
  return length === 0 ? new Uint8Array() : source.read(offset, length);
}

class MemorySource implements ByteSource {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes.slice(offset, offset + length) as Uint8Array<ArrayBuffer>;
  }
}

class BlobSource implements ByteSource {
  readonly size: number;
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.#blob = blob;
    this.size = blob.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer());
    } catch (cause) {
      // Files that were changed or deleted since they were chosen.
      throw new MaskRcnnError('invalid-input', `the file can no longer be read: ${cause}`, { cause });
    }
  }
}

/** Bytes that a first request asks for: enough for most files' directories. */
const FIRST_BYTES = 2 ** 16;

async function openAddress(address: string, signal: AbortSignal | undefined): Promise<ByteSource> {
  const response = await download(address, { offset: 0, length: FIRST_BYTES }, signal);
  const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
  if (response.status === 206 && Number.isSafeInteger(total)) {
    await response.body?.cancel();
    return new RangeSource(address, total);
  }
  // The server knows no ranges, or does not say to other origins how long the file is.
  const whole = response.status === 206 ? await download(address, undefined, signal) : response;
  return new BlobSource(
    await whole.blob().catch((cause) => {
      throw networkError(address, cause);
    }),
  );
}

class RangeSource implements ByteSource {
  readonly size: number;
  readonly #address: string;

  constructor(address: string, size: number) {
    this.#address = address;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const response = await download(this.#address, { offset, length });
    const bytes = await response.arrayBuffer().catch((cause) => {
      throw networkError(this.#address, cause);
    });
    if (response.status === 206 && bytes.byteLength === length) return new Uint8Array(bytes);
    throw networkError(this.#address, `the server answered ${bytes.byteLength} bytes in place of ${length}`);
  }
}

async function download(
  address: string,
  range: { offset: number; length: number } | undefined,
  signal?: AbortSignal,
): Promise<Response> {
  const headers: HeadersInit = range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {};
  const response = await fetch(address, { headers, ...(signal && { signal }) }).catch((cause) => {
    throw networkError(address, cause);
  });
  if (response.ok) return response;
  throw networkError(address, `the server answered ${response.status}`);
}

function networkError(address: string, cause: unknown): MaskRcnnError {
  return new MaskRcnnError('network', `${address} could not be downloaded: ${cause}`, { cause });
}
