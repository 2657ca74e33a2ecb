import { MaskRcnnError } from '../errors.js';
import { whyUnreachable } from '../platform/download.js';
import { answerOf, HEAD_BYTES, mistaken, refusal } from '../platform/mistaken.js';
import { PolicyWatch } from '../platform/policy.js';
import type { Backend, Glue } from './engine.js';
import { hasRelaxedSimd } from './relaxed-simd.js';

/** A wasm module: its URL, from the page; a `Response` with it; its bytes; or compiled. */
export type WasmSource = string | URL | Response | Blob | ArrayBuffer | Uint8Array | WebAssembly.Module;

/** A source for each of the package's wasm modules that may run; what is left out is fetched from beside the package. */
export interface WasmModules {
  /** `maskrcnn_webgpu_bg.wasm` */
  webgpu?: WasmSource;
  /** `maskrcnn_cpu_bg.wasm` */
  cpu?: WasmSource;
  /** `maskrcnn_cpu_relaxed_bg.wasm`, for browsers with relaxed SIMD; without it those take `cpu`, too. */
  cpuRelaxed?: WasmSource;
  /** `maskrcnn_objects_bg.wasm`, for tiles, measures and exports, on the page's own thread. */
  objects?: WasmSource;
}

/** Where the wasm modules are: one for each backend, or the one that runs. */
export type WasmChoice = WasmSource | WasmModules;

/** A source that may be sent to a worker any number of times. */
export type SendableWasm = string | ArrayBuffer | Uint8Array | WebAssembly.Module;

/** The wasm modules that a caller names, kept so that the engine can start again. */
export class WasmSources {
  readonly #choice: WasmChoice | undefined;
  readonly #read = new Map<WasmSource, Promise<SendableWasm>>();

  /** @throws `invalid-input` for what is not a source */
  constructor(choice: WasmChoice | undefined) {
    this.#choice = choice;
    for (const source of isByBackend(choice) ? Object.values(choice) : [choice]) {
      if (source !== undefined && !isSource(source)) throw new MaskRcnnError('invalid-input', WANTED);
    }
  }

  /**
   * The source of the module for a backend; `undefined` for the package's own.
   *
   * @throws `environment` when a `Response` does not hold a module
   */
  async for(backend: Backend): Promise<SendableWasm | undefined> {
    return this.#sendable(isByBackend(this.#choice) ? sourceFor(this.#choice, backend) : this.#choice);
  }

  /** Whether the caller names the module for objects. */
  get hasObjects(): boolean {
    return isByBackend(this.#choice) && this.#choice.objects !== undefined;
  }

  /**
   * The source of the module for objects; `undefined` for the package's own.
   *
   * @throws as {@link WasmSources.for}
   */
  async forObjects(): Promise<SendableWasm | undefined> {
    return this.#sendable(isByBackend(this.#choice) ? this.#choice.objects : undefined);
  }

  async #sendable(source: WasmSource | undefined): Promise<SendableWasm | undefined> {
    if (source === undefined) return undefined;
    const read = this.#read.get(source) ?? toSendable(source);
    this.#read.set(source, read);
    return read;
  }
}

const WANTED =
  "`wasm` is a module's URL, Response, bytes or WebAssembly.Module, or an object with such `webgpu`, `cpu`, `cpuRelaxed`, `objects`";

function isByBackend(choice: WasmChoice | undefined): choice is WasmModules {
  return Object.prototype.toString.call(choice) === '[object Object]';
}

function isSource(source: unknown): source is WasmSource {
  return (
    typeof source === 'string' ||
    source instanceof ArrayBuffer ||
    ArrayBuffer.isView(source) ||
    [URL, Response, Blob, WebAssembly.Module].some((kind) => source instanceof kind)
  );
}

function sourceFor({ webgpu, cpu, cpuRelaxed }: WasmModules, backend: Backend): WasmSource | undefined {
  if (backend === 'webgpu') return webgpu;
  return cpuRelaxed !== undefined && hasRelaxedSimd() ? cpuRelaxed : cpu;
}

async function toSendable(source: WasmSource): Promise<SendableWasm> {
  if (typeof source === 'string' || source instanceof URL) return resolved(source);
  if (source instanceof Response) return readModule(source, source.url || 'the Response that was given');
  const bytes = source instanceof Blob ? await source.arrayBuffer() : source;
  if ('byteLength' in bytes && bytes.byteLength === 0) {
    throw new MaskRcnnError('invalid-input', 'the bytes given as `wasm` are empty, or their buffer is detached');
  }
  return bytes;
}

/** Resolves an address from the page, as a worker may be at another place. */
function resolved(address: string | URL): string {
  const base = globalThis.document?.baseURI ?? location.href;
  if (URL.canParse(String(address), base)) return new URL(address, base).href;
  throw new MaskRcnnError('invalid-input', `\`wasm\` is not a valid URL: ${address}`);
}

/**
 * Fetches a module, unless it is there already, and starts it.
 *
 * @param instantiate as wasm-bindgen's code has it
 * @param given what the caller named
 * @param own the package's own, beside its script
 * @throws `environment` for everything that may go wrong, with what to do about it
 */
export async function startModule(
  instantiate: Glue['default'],
  given: SendableWasm | undefined,
  own: () => URL,
): Promise<void> {
  const source = given ?? ownAddress(own);
  const name = typeof source === 'string' ? source : 'the module that `wasm` gives';
  const policy = new PolicyWatch();
  try {
    await instantiate({ module_or_path: typeof source === 'string' ? await fetchModule(source, policy) : source });
  } catch (cause) {
    // A RangeError means that there is not enough memory, which is not about the set-up.
    if (cause instanceof MaskRcnnError || cause instanceof RangeError) throw cause;
    throw new MaskRcnnError('environment', whyNotStarted(name, cause), { cause });
  } finally {
    policy.stop();
  }
}

function ownAddress(own: () => URL): string {
  try {
    return own().href;
  } catch (cause) {
    // Scripts that are not modules do not know their own address.
    throw new MaskRcnnError(
      'environment',
      'this bundle has no `import.meta.url`, so the wasm module is not found beside it: name it, `load({ wasm })`',
      { cause },
    );
  }
}

async function fetchModule(url: string, policy: PolicyWatch): Promise<Response | ArrayBuffer> {
  const response = await fetch(url).catch(async (cause) => {
    const why = (await policy.refusalOf('connect-src')) ?? whyUnreachable(url);
    throw new MaskRcnnError('environment', `the wasm module cannot be downloaded from ${url}: ${why}`, { cause });
  });
  // Compiled while it arrives, where the server names its type.
  const isDeclared = response.headers.get('content-type') === 'application/wasm';
  return response.ok && isDeclared ? response : readModule(response, url);
}

async function readModule(response: Response, name: string): Promise<ArrayBuffer> {
  if (response.bodyUsed)
    throw new MaskRcnnError('invalid-input', 'the body of the Response that `wasm` gives was read already');
  if (!response.ok)
    throw new MaskRcnnError('environment', `the wasm module ${name} answered ${refusal(response)}. ${NOT_FOUND}`);
  const bytes = await response.arrayBuffer();
  const wrong = mistaken(new Uint8Array(bytes, 0, Math.min(bytes.byteLength, HEAD_BYTES)));
  if (wrong) {
    throw new MaskRcnnError(
      'environment',
      `the wasm module ${name} is ${wrong.found} (${answerOf(response)}). ${NOT_FOUND}`,
    );
  }
  return bytes;
}

const NOT_FOUND = 'Serve the files of the package’s `dist/wasm` there, or say with `load({ wasm })` where they are';

function whyNotStarted(name: string, cause: unknown): string {
  const reason = String(cause);
  if (/unsafe-eval|content security policy|\bCSP\b/i.test(reason)) {
    return "the Content Security Policy refuses WebAssembly: add `'wasm-unsafe-eval'` to its `script-src`";
  }
  if (cause instanceof WebAssembly.LinkError || cause instanceof TypeError) {
    return (
      `${name} is not the module of this backend, or of another version of the package than its script: ` +
      `deploy both together, and for the backend 'auto' name both, \`wasm: { webgpu, cpu }\` (${reason})`
    );
  }
  return `${name} is damaged, or this browser lacks something that it needs, such as SIMD (${reason})`;
}
