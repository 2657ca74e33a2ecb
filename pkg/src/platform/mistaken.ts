import { MaskRcnnError } from '../errors.js';

/** How many of a file's first bytes are needed to identify it. */
export const HEAD_BYTES = 512;

/** What a file turned out to be in place of the one that was asked for. */
export interface Mistaken {
  /** With its article: `an HTML page`. */
  found: string;
  /** What helps. */
  advice: string;
}

/** Names of compressions by a file's first bytes, as Latin-1 text. */
const COMPRESSIONS: Readonly<Record<string, string>> = {
  '\x1f\x8b': 'gzip',
  BZh: 'bzip2',
  '\xfd7zXZ\0': 'xz',
  '(\xb5/\xfd': 'Zstandard',
  "7z\xbc\xaf'\x1c": '7-Zip',
  'Rar!': 'RAR',
};

/**
 * Recognises what servers and deployments put in a file's place, none of which is ever a model, a manifest or a wasm
 * module; `undefined` for everything else.
 *
 * @param head the file's first {@link HEAD_BYTES} bytes, or all that it has
 */
export function mistaken(head: Uint8Array): Mistaken | undefined {
  if (head.length === 0) return { found: 'an empty file', advice: 'check what was uploaded to the server' };
  const bytes = String.fromCharCode(...head);
  const text = bytes.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|script)\b/is.test(text)) {
    return {
      found: 'an HTML page',
      advice:
        'the server answers with a page where it has no such file. Check the path: one that does not begin with “/” ' +
        'starts from the page’s own address, and bundlers serve only what lies in their folder for static files',
    };
  }
  if (/^<(\?xml|error)\b/i.test(text)) {
    return { found: 'an XML document', advice: 'storage services answer so for what is missing or private' };
  }
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return {
      found: 'a Git LFS pointer',
      advice: 'it only names the file. Fetch the file itself with `git lfs pull`, and deploy that',
    };
  }
  const compression = Object.keys(COMPRESSIONS).find((magic) => bytes.startsWith(magic));
  if (compression === undefined) return undefined;
  return {
    found: `compressed with ${COMPRESSIONS[compression]}`,
    advice:
      'unpack it before you deploy it, or let the server declare it as `Content-Encoding` where browsers know that',
  };
}

/**
 * Refuses a model's file that is something else.
 *
 * @param name its address, or what it is called
 * @param response what it came with
 * @throws `weights-integrity` that says what it is and what helps
 */
export function refuseMistaken(head: Uint8Array, name: string, response?: Response): void {
  const wrong = mistaken(head);
  if (!wrong) return;
  const answer = response ? ` (${answerOf(response)})` : '';
  throw new MaskRcnnError('weights-integrity', `${name} is ${wrong.found}${answer}: ${wrong.advice}`);
}

/** The first bytes of a file, as far as they tell what it is. */
export async function headOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
}

/** A response in a few words, such as `status 200, text/html`. */
export function answerOf(response: Response): string {
  const type = response.headers.get('content-type') ?? 'no content type';
  return response.status === 0 ? type : `status ${response.status}, ${type}`;
}

/** What an answer that is not `ok` means, and what to do about it. */
export function refusal({ status, statusText }: Response): string {
  return `${`${status} ${statusText}`.trim()}: ${meaningOf(status)}`;
}

function meaningOf(status: number): string {
  if (status === 404 || status === 410) return 'there is no such file on the server; check the path';
  if (status === 401 || status === 403) {
    return 'the server does not give this file to this page; it is private, or a signed address has expired';
  }
  if (status === 429) return 'the server was asked too often; try again later';
  if (status >= 500) return 'the server failed; try again later';
  return 'the server did not send the file';
}
