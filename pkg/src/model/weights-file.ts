import { hasCode } from '../errors.js';
import { download } from '../platform/download.js';
import { FileCache } from './cache.js';
import { verify } from './manifest.js';
import type { WeightsFile } from './settings.js';

/** How a file of a manifest is read. */
export interface FileOptions {
  /** Whether it may come from the browser's cache, and is kept there. */
  cache: boolean;
  /** The address that the browser keeps it under; by default where it comes from. */
  keptAs?: string | undefined;
  signal: AbortSignal | undefined;
  /** Called with the number of bytes received so far. */
  onProgress(loaded: number): void;
}

/**
 * Reads a file of a manifest: from the browser's cache, else from the network, continuing where an earlier visit was
 * interrupted. What turns out to be damaged is downloaded once more.
 *
 * @throws `network`, `aborted`, or `weights-integrity` when it is damaged again
 */
export async function readWeightsFile(url: string, file: WeightsFile, options: FileOptions): Promise<Blob> {
  const { signal, onProgress, keptAs = url } = options;
  const cache = options.cache ? await FileCache.open() : undefined;
  const kept = await cache?.read(keptAs, file);
  if (kept && (await isIntact(kept, file))) {
    onProgress(kept.size);
    return kept;
  }
  const fetchFile = async (fresh: boolean) => {
    if (fresh) await cache?.remove(keptAs);
    const { content } = await download(url, {
      expected: file.bytes,
      limit: file.bytes,
      beginning: fresh ? undefined : await cache?.readBeginning(keptAs, file),
      fresh,
      signal,
      onProgress,
      keep: cache && ((piece, from, validator) => cache.keepPiece(keptAs, file, piece, from, validator)),
    });
    await verify(content, file);
    return content;
  };
  const content = await fetchFile(kept !== undefined).catch((error) => {
    if (!hasCode(error, 'weights-integrity')) throw error;
    return fetchFile(true);
  });
  await cache?.write(keptAs, file, content);
  return content;
}

async function isIntact(content: Blob, file: WeightsFile): Promise<boolean> {
  return verify(content, file).then(
    () => true,
    () => false,
  );
}
