import { type ErrorCode, MaskRcnnError } from '../errors.js';
import type { Backend } from './engine.js';
import { Host, type Module, type Request } from './host.js';
import { Runtime } from './runtime.js';

/** A runtime on the page's own thread, which stands still while the network works on the CPU. */
export class PageRuntime extends Runtime {
  override readonly isElsewhere = false;
  readonly #host: Promise<Host>;
  #module: Module | undefined;
  /** Where the caller has the module from. */
  #address: string | undefined;

  constructor(backend: Backend) {
    super();
    this.#host = openModule(backend).then((module) => {
      this.#module = module;
      return new Host(
        () => module,
        (error) => this.receive({ fatal: error }),
      );
    });
    this.#host.catch((cause) => this.end(new MaskRcnnError('environment', whyNotLoaded(cause), { cause })));
    addEventListener('error', this.#onError);
    addEventListener('unhandledrejection', this.#onError);
  }

  protected override send(id: number, request: Request): void {
    if ('wasm' in request && typeof request.wasm === 'string') this.#address = request.wasm;
    // A module that does not load ends the runtime, and with it every call.
    const onCompiled = (compiled: number, total: number) => this.receive({ id, compiled, total });
    const answer = this.#host.then((host) => host.answer(request, onCompiled));
    answer.then(
      (value) => this.receive({ id, value }),
      ({ code, message }: Error & { code: ErrorCode }) => this.receive({ id, error: { code, message } }),
    );
  }

  protected override stop(): void {
    removeEventListener('error', this.#onError);
    removeEventListener('unhandledrejection', this.#onError);
    this.#host.then(
      (host) => host.end(),
      () => {},
    );
  }

  /** Listens to the page's errors for those of the wasm instance; all others are the page's own business. */
  #onError = async (event: ErrorEvent | PromiseRejectionEvent) => {
    const error: unknown = 'reason' in event ? event.reason : event.error;
    if (!(error instanceof WebAssembly.RuntimeError) || !this.#module) return;
    // Safari does not say which module an error comes from, nor does Chromium where it was made from bytes.
    const places = [this.#address ?? ownAddress(this.#module), 'wasm://', '[wasm code]'];
    if (places.some((place) => place && error.stack?.includes(place))) (await this.#host).onError(error);
  };
}

/** Where the package has the module, in bundles that know it. */
function ownAddress({ wasm }: Module): string | undefined {
  try {
    return wasm().href;
  } catch {
    return undefined;
  }
}

/** Why the script of the module did not load. */
function whyNotLoaded(cause: unknown): string {
  // The one place where code must not be loaded on demand, and there are no workers either.
  if ('clients' in globalThis && 'registration' in globalThis) {
    return 'a service worker may neither start workers nor load modules later on; load the model on the page or in a worker';
  }
  return `the package’s script did not load: ${cause}. Serve the whole of its \`dist\`, and allow it by \`script-src\``;
}

// Loaded only where it runs; written out in full for bundlers.
async function openModule(backend: Backend): Promise<Module> {
  const { openModule } = backend === 'webgpu' ? await import('./page-webgpu.js') : await import('./page-cpu.js');
  return openModule();
}
