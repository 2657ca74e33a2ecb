import { MaskRcnnError } from '../errors.js';

/** What relative addresses start from; a segmenter may live in a worker, which has no document. */
export function pageAddress(): string {
  return globalThis.document?.baseURI ?? location.href;
}

/**
 * A model's address, from the page.
 *
 * @throws `invalid-input` where it is not valid
 */
export function addressOf(source: string | URL): URL {
  // Not every URL is absolute: Next.js has a class of its own for addresses in the bundle.
  if (URL.canParse(String(source), pageAddress())) return new URL(String(source), pageAddress());
  throw new MaskRcnnError('invalid-input', `the model's URL is not valid: ${source}`);
}
