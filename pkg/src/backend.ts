import type { Backend } from './engine.js';
import { InvalidInputError, WebGpuUnavailableError } from './errors.js';

/** Where the network is to run; `'auto'`: on WebGPU where there is a real GPU, else on the CPU. */
export type BackendChoice = 'auto' | Backend;

// Software adapters are a hundred times slower than the CPU module; not all of them own up to it.
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/**
 * Turns a wish into what this browser can do.
 *
 * @throws {@link WebGpuUnavailableError} when WebGPU is asked for by name and there is none.
 */
export async function chooseBackend(choice: BackendChoice): Promise<Backend> {
  if (choice === 'cpu') return 'cpu';
  if (choice !== 'auto' && choice !== 'webgpu') {
    throw new InvalidInputError(`the backend must be 'auto', 'webgpu' or 'cpu', not '${choice}'`);
  }
  const adapter = (await navigator.gpu?.requestAdapter().catch(() => null)) ?? null;
  if (choice === 'auto') return adapter && !isSoftware(adapter) ? 'webgpu' : 'cpu';
  if (adapter) return 'webgpu';
  throw new WebGpuUnavailableError(
    navigator.gpu
      ? 'this browser has WebGPU but no adapter for it; use the CPU backend'
      : 'this browser has no WebGPU, or this page is not served over HTTPS; use the CPU backend',
  );
}

function isSoftware(adapter: GPUAdapter): boolean {
  const { info } = adapter;
  const legacy = adapter as { isFallbackAdapter?: boolean };
  if (info.isFallbackAdapter || legacy.isFallbackAdapter) return true;
  return SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}
