import { MaskRcnnError } from '../errors.js';
import { TAINTED } from '../image/pixels.js';
import { answerOf, HEAD_BYTES, mistaken, refusal } from '../platform/mistaken.js';
import { PolicyWatch } from '../platform/policy.js';
import type { Backend } from './engine.js';
import { HAS_CONTEXT } from './gpu-canvas.js';
import type { Request } from './host.js';
import { Runtime } from './runtime.js';
import type { Reply } from './serve.js';
import { startWorker, type WorkerScript, workerScript } from './start-worker.js';

/** Starts a worker with the script `maskrcnn-web/worker` for that backend. */
export type WorkerFactory = (backend: Backend) => Worker;

/** A runtime in a worker of its own. */
export class WorkerRuntime extends Runtime {
  override readonly isElsewhere = true;
  readonly #worker: Worker;
  readonly #policy = new PolicyWatch();

  /** @throws `environment` when the worker cannot be started, as far as that is known at once */
  constructor(backend: Backend, start?: WorkerFactory) {
    super();
    const script = start ? undefined : workerScript(backend);
    try {
      this.#worker = script ? startWorker(script) : startedBy(start as WorkerFactory, backend);
    } catch (error) {
      this.#policy.stop();
      throw error;
    }
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      this.#policy.stop();
      this.receive(data);
    };
    // What fails inside of a running worker comes as a message; this is a worker that cannot start.
    this.#worker.onerror = async ({ message }) => {
      const reason = (await this.#policy.refusalOf('worker-src')) ?? (await whyNotLoaded(script, message));
      const name = script?.url ?? 'that the function `worker` starts';
      this.end(new MaskRcnnError('environment', `the worker ${name} cannot be started: ${reason}`));
    };
  }

  protected override send(id: number, request: Request, transfer: Transferable[]): void {
    try {
      this.#worker.postMessage({ id, request }, transfer);
    } catch (cause) {
      throw new MaskRcnnError('invalid-input', whyNotSent(request, cause), { cause });
    }
  }

  protected override stop(): void {
    this.#policy.stop();
    this.#worker.terminate();
  }
}

function whyNotSent(request: Request, cause: unknown): string {
  if ('surface' in request) return HAS_CONTEXT;
  return 'image' in request ? TAINTED : `the options cannot be sent to the worker: ${cause}`;
}

function startedBy(start: WorkerFactory, backend: Backend): Worker {
  let worker: Worker;
  try {
    worker = start(backend);
  } catch (cause) {
    throw new MaskRcnnError('environment', `the function \`worker\` cannot start a worker: ${cause}`, { cause });
  }
  if (typeof worker?.postMessage === 'function') return worker;
  throw new MaskRcnnError('invalid-input', `the function \`worker\` must return a Worker, not ${typeof worker}`);
}

const SERVE =
  'Serve the whole of the package’s `dist`, or bundle `maskrcnn-web/worker` and start it, `load({ worker: () => new Worker(…) })`';
const WHAT_IT_NEEDS =
  'All of the package’s `dist` must be served, from another origin with `Access-Control-Allow-Origin`, ' +
  'and be allowed by `script-src` and `connect-src`; see “Serving it” in the README';

/** Looks at what the server answers for a worker's script, as browsers do not say it. */
async function whyNotLoaded(script: WorkerScript | undefined, message: string | undefined): Promise<string> {
  const unknown = `${message ?? 'its script did not load, or something that it imports'}. ${WHAT_IT_NEEDS}`;
  const response = script && (await fetch(script.url).catch(() => undefined));
  if (!response) return unknown;
  if (!response.ok) return `the server answered ${refusal(response)}. ${SERVE}`;
  const wrong = mistaken(new Uint8Array(await response.arrayBuffer()).subarray(0, HEAD_BYTES));
  if (wrong) return `its script is ${wrong.found} (${answerOf(response)}). ${SERVE}`;
  const isScript = /javascript|ecmascript/i.test(response.headers.get('content-type') ?? '');
  return isScript ? unknown : `its script must be served as \`text/javascript\` (${answerOf(response)})`;
}
