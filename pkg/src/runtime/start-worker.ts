import { MaskRcnnError } from '../errors.js';
import type { Backend } from './engine.js';

/** The name under which a page's `trusted-types` allows this package to start its workers. */
const POLICY_NAME = 'maskrcnn-web';

/** A worker's script, as the bundler has it. */
export interface WorkerScript {
  url: string;
  options: WorkerOptions | undefined;
}

/**
 * Starts the package's own worker for a backend: of a package on another origin, where scripts of workers must not
 * come from, by a script on this one that does nothing but import it.
 *
 * @throws `environment` when this page cannot start it
 */
export function startWorker({ url, options }: WorkerScript): Worker {
  const NativeWorker = globalThis.Worker;
  const { protocol, origin } = new URL(url);
  const isElsewhere = /^https?:$/.test(protocol) && origin !== globalThis.origin;
  const script = isElsewhere ? importing(url, options?.type === 'module') : url;
  try {
    return new NativeWorker(trusted(script), options);
  } catch (cause) {
    throw new MaskRcnnError('environment', `the worker ${url} cannot be started: ${whyRefused(protocol, cause)}`, {
      cause,
    });
  }
}

/**
 * Finds the script of a backend's worker. Bundlers only find it, and put its real address in its place, where
 * `new Worker(new URL(…, import.meta.url))` is written out in full; that is run here with a stand-in for `Worker` that
 * starts nothing.
 *
 * @throws `environment` in bundles that do not know their own address
 */
export function workerScript(backend: Backend): WorkerScript {
  const NativeWorker = globalThis.Worker;
  let script: WorkerScript | undefined;
  class StandIn {
    constructor(url: string | URL, options?: WorkerOptions) {
      script = { url: new URL(url, globalThis.document?.baseURI ?? location.href).href, options };
    }
  }
  try {
    globalThis.Worker = StandIn as unknown as typeof Worker;
    writtenOut(backend);
  } catch (cause) {
    throw new MaskRcnnError('environment', NO_ADDRESS, { cause });
  } finally {
    globalThis.Worker = NativeWorker;
  }
  if (!script) throw new MaskRcnnError('environment', NO_ADDRESS);
  return script;
}

const NO_ADDRESS =
  'this bundle does not know where the worker’s script is (it has no `import.meta.url`): bundle `maskrcnn-web/worker` ' +
  'by itself and start it, `load({ worker: () => new Worker(…) })`, or load with `worker: false`';

function writtenOut(backend: Backend): Worker {
  return backend === 'webgpu'
    ? new Worker(new URL('./worker-webgpu.js', import.meta.url), { type: 'module', name: 'maskrcnn-webgpu' })
    : new Worker(new URL('./worker-cpu.js', import.meta.url), { type: 'module', name: 'maskrcnn-cpu' });
}

// By the script's address, those on this origin that import it; each takes a few bytes.
const importers = new Map<string, string>();

function importing(url: string, isModule: boolean): string {
  const known = importers.get(url);
  if (known !== undefined) return known;
  const code = isModule ? importingModule(url) : `importScripts(${JSON.stringify(url)});`;
  const importer = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  importers.set(url, importer);
  return importer;
}

/**
 * Imports a module when the worker runs, which a page's `script-src` allows; what a worker's script imports beforehand
 * is up to `worker-src` in Chromium. Calls that come until then are kept.
 */
function importingModule(url: string): string {
  return `
    const early = [];
    const keep = (event) => {
      event.stopImmediatePropagation();
      early.push(event.data);
    };
    addEventListener('message', keep);
    import(${JSON.stringify(url)}).then(
      () => {
        removeEventListener('message', keep);
        for (const data of early) dispatchEvent(new MessageEvent('message', { data }));
      },
      (error) => setTimeout(() => { throw error; }),
    );
  `;
}

/** What TypeScript's library does not know yet. */
interface TrustedTypePolicy {
  createScriptURL(url: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: TrustedTypePolicy): TrustedTypePolicy;
}

let policy: TrustedTypePolicy | undefined;

/** A script's address in the form that `require-trusted-types-for 'script'` wants. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    // Used for this package's own scripts only, so there is nothing to clean.
    policy ??= trustedTypes?.createPolicy(POLICY_NAME, { createScriptURL: (url) => url });
  } catch {
    // The page does not allow the policy; whether it needs one is seen when the worker starts.
  }
  return policy?.createScriptURL(url) ?? url;
}

function whyRefused(protocol: string, cause: unknown): string {
  if (cause instanceof TypeError && 'trustedTypes' in globalThis) {
    return (
      `this page demands Trusted Types: allow the policy, \`trusted-types ${POLICY_NAME}\`, in its Content Security ` +
      "Policy, with `'allow-duplicates'` where the package is on the page more than once"
    );
  }
  if (protocol === 'file:') {
    return (
      'browsers start no worker from `file:`. Serve the page, or give the worker’s script as a Blob’s URL, ' +
      '`load({ worker: () => new Worker(…) })`, or load with `worker: false`'
    );
  }
  return `${cause}. Start it yourself, \`load({ worker: () => new Worker(…) })\`, or load with \`worker: false\``;
}
