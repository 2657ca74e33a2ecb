import { hasCode, MaskRcnnError } from '../errors.js';
import { headOf, refuseMistaken } from '../platform/mistaken.js';
import { verify } from './manifest.js';
import type { ReadOptions } from './model.js';
import type { Manifest, WeightsFile } from './settings.js';
import { type FileOptions, readWeightsFile } from './weights-file.js';

/** Where a file may be downloaded from. */
export interface Download {
  /** Its addresses, the likeliest first. */
  addresses: readonly string[];
  /** The address that the browser keeps it under; by default the one that it comes from. */
  keptAs?: string;
}

/**
 * Reads and verifies every file of a manifest, and joins them.
 *
 * @param places where each file is, or its bytes
 */
export async function readParts(
  manifest: Manifest,
  places: readonly (Download | Blob)[],
  options: ReadOptions,
): Promise<Blob> {
  const { cache, signal, onProgress } = options;
  const total = manifest.weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts: Blob[] = [];
  let before = 0;
  for (const [i, file] of manifest.weights.entries()) {
    // A file that is fetched again does not set the progress back.
    let most = 0;
    const content = await readPart(places[i] as Download | Blob, file, {
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
  return new Blob(parts);
}

async function readPart(place: Download | Blob, file: WeightsFile, options: FileOptions): Promise<Blob> {
  if (!(place instanceof Blob)) return readFirst(place.addresses, file, { ...options, keptAs: place.keptAs });
  refuseMistaken(await headOf(place), file.file);
  await verify(place, file);
  options.onProgress(place.size);
  return place;
}

/** Reads a file from the first of its addresses where it is. */
async function readFirst(addresses: readonly string[], file: WeightsFile, options: FileOptions): Promise<Blob> {
  const [address, ...others] = addresses as [string, ...string[]];
  try {
    return await readWeightsFile(address, file, options);
  } catch (error) {
    if (others.length === 0 || !isAboutContent(error)) throw error;
    return readFirst(others, file, options).catch((second) => {
      if (!isAboutContent(second)) throw second;
      throw joined(error, 'Before the redirect', second);
    });
  }
}

/** One error of two, with the first one's code. */
export function joined(first: MaskRcnnError, words: string, second: MaskRcnnError): MaskRcnnError {
  return new MaskRcnnError(first.code, `${first.message}. ${words}: ${second.message}`);
}

/** Whether the requested file is missing, or not what it should be. */
export function isAboutContent(error: unknown): error is MaskRcnnError {
  return hasCode(error, 'network', 'weights-integrity');
}
