import { turn } from './turn.js';

/** An application's device on loan to an engine. */
export interface Loan {
  device: GPUDevice;
  /** Called when the device is lost, then or later. */
  onLost: (message: string) => void;
}

/**
 * Has `open` open an application's device in place of one of its own.
 *
 * An engine asks the browser for an adapter as soon as it starts, and that for its device: the one request that is made
 * before the event loop turns is answered with the device. Others, such as the application's own, are not.
 */
export async function lendDevice<Opened>({ device, onLost }: Loan, open: () => Promise<Opened>): Promise<Opened> {
  const { prototype } = globalThis.GPU;
  const { requestAdapter } = prototype;
  let isOnLoan = true;
  const giveBack = () => {
    isOnLoan = false;
    if (prototype.requestAdapter === lend) prototype.requestAdapter = requestAdapter;
  };
  prototype.requestAdapter = lend;
  async function lend(this: GPU, options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> {
    if (!isOnLoan) return requestAdapter.call(this, options);
    giveBack();
    device.lost.then(({ message }) => onLost(`the application's GPUDevice is lost: ${message}`));
    return adapterOf(device);
  }
  const opening = open();
  // Whoever awaits it gets the error.
  opening.catch(() => {});
  await turn();
  giveBack();
  return opening;
}

/** What an engine needs of an adapter: with the features and limits of the device, which may be fewer than its own. */
function adapterOf(device: GPUDevice): GPUAdapter {
  // Not every browser tells a device's adapter.
  const info = device.adapterInfo ?? { vendor: '', architecture: '', device: '', description: '' };
  const { features, limits } = device;
  return { features, limits, info, requestDevice: async () => engineView(device) } as unknown as GPUAdapter;
}

/**
 * A device as its engine sees it. The application's handler of errors stays: the engine's is called beside it, and only
 * where memory runs out, as other errors may be of the application's own work.
 */
function engineView(device: GPUDevice): GPUDevice {
  const methods = new Map<PropertyKey, unknown>();
  return new Proxy(device, {
    get(_, key) {
      const value: unknown = Reflect.get(device, key, device);
      if (typeof value !== 'function') return value;
      if (!methods.has(key)) methods.set(key, value.bind(device));
      return methods.get(key);
    },
    set(_, key, value) {
      if (key !== 'onuncapturederror') return Reflect.set(device, key, value, device);
      device.addEventListener('uncapturederror', (event) => {
        if (event.error instanceof GPUOutOfMemoryError) value?.(event);
      });
      return true;
    },
  });
}
