import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import type { Backend } from './engine.js';
import { GPU_WAIT_MS, withinTime } from './gpu-wait.js';

/** Where the network is to run; `'auto'`: on WebGPU where there is a real GPU that answers, else on the CPU. */
export type BackendChoice = 'auto' | Backend;

// Software adapters are a hundred times slower than the CPU module; not all of them say that they are software.
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

// The engine's runtime fails where it cannot time its kernels.
const NEEDED = 'timestamp-query';

/**
 * Turns a wish into what this browser can do. An adapter that does not come within {@link GPU_WAIT_MS} counts as none.
 *
 * @throws `webgpu-unavailable` when WebGPU is asked for by name and there is none.
 */
export async function chooseBackend(choice: BackendChoice): Promise<Backend> {
  if (choice === 'cpu') return 'cpu';
  if (choice !== 'auto' && choice !== 'webgpu') {
    throw new MaskRcnnError(
      'invalid-input',
      `the backend must be 'auto', 'webgpu' or 'cpu', not ${typeof choice === 'string' ? `'${choice}'` : kindOf(choice)}`,
    );
  }
  const wait = GPU_WAIT_MS[choice];
  const answer = await withinTime(findAdapter(), wait);
  const adapter = answer?.adapter;
  const isFit = adapter?.features.has(NEEDED);
  if (choice === 'auto') return adapter && isFit && !isSoftware(adapter) ? 'webgpu' : 'cpu';
  if (isFit) return 'webgpu';
  if (adapter) {
    throw new MaskRcnnError(
      'webgpu-unavailable',
      `the GPU adapter of this browser lacks the feature '${NEEDED}'; use the CPU backend`,
    );
  }
  if (!answer) {
    throw new MaskRcnnError(
      'webgpu-unavailable',
      `the browser did not answer the request for a GPU adapter within ${wait / 1000} s; restart it, or use the CPU backend`,
    );
  }
  throw new MaskRcnnError(
    'webgpu-unavailable',
    navigator.gpu
      ? 'this browser has WebGPU but no adapter for it; use the CPU backend'
      : 'this browser has no WebGPU, or this page is not served over HTTPS; use the CPU backend',
  );
}

async function findAdapter(): Promise<{ adapter: GPUAdapter | null }> {
  try {
    return { adapter: (await navigator.gpu?.requestAdapter()) ?? null };
  } catch {
    return { adapter: null };
  }
}

function isSoftware(adapter: GPUAdapter): boolean {
  const { info } = adapter;
  const legacy = adapter as { isFallbackAdapter?: boolean };
  if (info.isFallbackAdapter || legacy.isFallbackAdapter) return true;
  return SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}
