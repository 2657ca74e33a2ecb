import type { ErrorCode, PlainError } from '../errors.js';
import type { Backend } from './engine.js';
import { Host, type Module, type Request } from './host.js';

/** How far a call is, the last word on it, or, with `fatal`, on all. */
export type Reply =
  | { id: number; compiled: number; total: number }
  | { id: number; value: unknown }
  | { id: number; error: PlainError }
  | { fatal: PlainError };

/** Lets a worker answer the page's calls with the engines of a wasm module. */
export function serve(modules: (backend: Backend) => Module): void {
  const post = (reply: Reply, transfer: Transferable[] = []) => self.postMessage(reply, { transfer });
  const host = new Host(modules, (error) => post({ fatal: error }));
  self.addEventListener('error', (event) => {
    // Kept from the page's own handler, which is for workers that cannot even start.
    event.preventDefault();
    host.onError(event.error);
  });
  self.addEventListener('unhandledrejection', (event) => host.onError(event.reason));
  self.addEventListener('message', ({ data: { id, request } }: MessageEvent<{ id: number; request: Request }>) => {
    const onCompiled = (compiled: number, total: number) => post({ id, compiled, total });
    host.answer(request, onCompiled).then(
      (value) => post({ id, value }, [...new Set(buffersOf(value))]),
      ({ code, message }: Error & { code: ErrorCode }) => post({ id, error: { code, message } }),
    );
  });
}

/** The buffers of all typed arrays in a value, to be handed over without a copy. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersOf) : [];
}
