import type { Beginning } from '../platform/download.js';
import type { WeightsFile } from './settings.js';

/** The name under which the browser keeps the files; the number changes when their form does. */
export const CACHE_NAME = 'maskrcnn-web-v1';

// Added to a file's address, so that another version of it has another one.
const HASH = 'maskrcnn-web-sha256';
const FROM = 'maskrcnn-web-from';

/**
 * The files of models that the browser keeps for this origin, whole ones and the beginnings of others. Where nothing
 * can be kept (no Cache API, no space, a private window) it is as if nothing had been.
 */
export class FileCache {
  readonly #cache: Cache;

  private constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Opens it; `undefined` where there is none. */
  static async open(): Promise<FileCache | undefined> {
    try {
      return new FileCache(await caches.open(CACHE_NAME));
    } catch {
      return undefined;
    }
  }

  /** A file that was kept whole. */
  async read(url: string, file: WeightsFile): Promise<Blob | undefined> {
    return (await this.#match(keyOf(url, file)))?.content;
  }

  /** The beginning of a file that was not fetched to its end. */
  async readBeginning(url: string, file: WeightsFile): Promise<Beginning | undefined> {
    const pieces: Blob[] = [];
    let validator: string | undefined;
    for (let from = 0; from < file.bytes; ) {
      const piece = await this.#match(keyOf(url, file, from));
      if (!piece || piece.content.size === 0 || (from > 0 && piece.validator !== validator)) break;
      validator = piece.validator;
      pieces.push(piece.content);
      from += piece.content.size;
    }
    return pieces.length > 0 ? { content: new Blob(pieces), validator } : undefined;
  }

  /** Keeps a piece of a file. */
  async keepPiece(url: string, file: WeightsFile, piece: Blob, from: number, validator?: string): Promise<void> {
    await this.#put(keyOf(url, file, from), piece, validator);
  }

  /** Keeps a whole file, in place of its pieces and of other versions. */
  async write(url: string, file: WeightsFile, content: Blob): Promise<void> {
    await this.remove(url);
    await this.#put(keyOf(url, file), content);
  }

  /** Forgets every version of a file. */
  async remove(url: string): Promise<void> {
    try {
      for (const { url: key } of await this.#cache.keys(url, { ignoreSearch: true })) {
        if (withoutMarks(key) === withoutMarks(url)) await this.#cache.delete(key);
      }
    } catch {
      // What cannot be forgotten is found to be another version, or corrupt, when it is read.
    }
  }

  async #match(key: string): Promise<Beginning | undefined> {
    try {
      const response = await this.#cache.match(key);
      return response && { content: await response.blob(), validator: response.headers.get('etag') ?? undefined };
    } catch {
      return undefined;
    }
  }

  async #put(key: string, content: Blob, validator?: string): Promise<void> {
    try {
      await this.#cache.put(key, new Response(content, { headers: validator ? { etag: validator } : {} }));
    } catch {
      // No space, most often: the file is fetched again next time.
    }
  }
}

function keyOf(url: string, { sha256 }: WeightsFile, from?: number): string {
  const key = new URL(url);
  key.searchParams.set(HASH, sha256);
  if (from !== undefined) key.searchParams.set(FROM, String(from));
  return key.href;
}

function withoutMarks(url: string): string {
  const plain = new URL(url);
  plain.hash = '';
  plain.searchParams.delete(HASH);
  plain.searchParams.delete(FROM);
  return plain.href;
}
