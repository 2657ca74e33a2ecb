import { MaskRcnnError } from '../errors.js';
import { MAX_MODEL_BYTES } from '../platform/download.js';
import type { Manifest, WeightsFile } from './settings.js';

/**
 * Checks what must be known of a manifest before its files are downloaded: which they are, how large, and their hashes.
 * The engine checks everything else.
 *
 * @param name its address, or what it is called
 * @throws `weights-integrity` where that is missing or malformed
 */
export function checkManifest(value: unknown, name = 'the manifest'): Manifest {
  const { weights } = (value ?? {}) as Partial<Manifest>;
  if (!Array.isArray(weights) || weights.length === 0 || !weights.every(isWeightsFile)) {
    throw new MaskRcnnError(
      'weights-integrity',
      `${name}: 'weights' must be a list of files, each with its name in 'file', its length in 'bytes' and its 'sha256'`,
    );
  }
  const bytes = weights.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MAX_MODEL_BYTES) {
    throw new MaskRcnnError(
      'weights-integrity',
      `${name}: 'weights' have ${bytes} bytes; the maximum is ${MAX_MODEL_BYTES}`,
    );
  }
  return value as Manifest;
}

function isWeightsFile(value: unknown): value is WeightsFile {
  const { file, bytes, sha256 } = (value ?? {}) as Partial<WeightsFile>;
  return (
    typeof file === 'string' && Number.isSafeInteger(bytes) && (bytes ?? 0) > 0 && /^[0-9a-f]{64}$/.test(`${sha256}`)
  );
}

/**
 * Checks that a file's bytes are those that the manifest means. Where a page is served neither over HTTPS nor from
 * the visitor's own machine, browsers offer no SHA-256, and only the length is checked.
 *
 * @throws `weights-integrity` if length or hash are others.
 */
export async function verify(content: Blob, { file, bytes, sha256 }: WeightsFile): Promise<void> {
  if (content.size !== bytes) {
    throw new MaskRcnnError('weights-integrity', `${file} has ${content.size} bytes, the manifest says ${bytes}`);
  }
  if (!crypto.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await content.arrayBuffer()));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) {
    throw new MaskRcnnError('weights-integrity', `the SHA-256 of ${file} is ${found}, the manifest says ${sha256}`);
  }
}
