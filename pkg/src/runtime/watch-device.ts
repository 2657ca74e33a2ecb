import { withinTime } from './gpu-wait.js';

/** What becomes of the device that an engine opens. */
export interface DeviceWatch {
  /** Called when a device that was opened during the watch is lost, then or later. */
  onLost: (message: string) => void;
  /** Milliseconds after which a request for an adapter or a device that the browser has not answered is rejected. */
  wait: number;
}

/**
 * Watches the devices that are opened from now on, until the function that is returned is called.
 *
 * The engine keeps its device to itself, so the one it asks for is watched on its way there.
 */
export function watchDevice({ onLost, wait }: DeviceWatch): () => void {
  const [gpu, adapter] = [globalThis.GPU?.prototype, globalThis.GPUAdapter?.prototype];
  if (!gpu || !adapter) return () => {};
  const { requestAdapter } = gpu;
  const { requestDevice } = adapter;
  gpu.requestAdapter = function (options) {
    return answerOf(requestAdapter.call(this, options), 'adapter', wait);
  };
  adapter.requestDevice = async function (descriptor) {
    const request = requestDevice.call(this, descriptor);
    const device = await answerOf(request, 'device', wait).catch((error) => {
      // A device that comes after all is no longer awaited.
      request.then(
        (late) => late.destroy(),
        () => {},
      );
      throw error;
    });
    device.lost.then(({ message }) => onLost(message));
    return device;
  };
  return () => {
    gpu.requestAdapter = requestAdapter;
    adapter.requestDevice = requestDevice;
  };
}

async function answerOf<Answer>(request: Promise<Answer>, what: string, wait: number): Promise<Answer> {
  const answer = await withinTime(
    request.then((value) => ({ value })),
    wait,
  );
  if (!answer) {
    throw new DOMException(
      `the browser did not answer the request for a GPU ${what} within ${wait / 1000} s`,
      'TimeoutError',
    );
  }
  return answer.value;
}
