/**
 * Does what it is told on a device, and tells what the device could not do of it: what ran out of memory before what was
 * not valid. Without an error, and where the device is lost, which is told elsewhere, it is `undefined`.
 *
 * @throws what the work throws
 */
export function failureOf(device: GPUDevice, work: () => void): Promise<GPUError | undefined> {
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  let found: Promise<(GPUError | null)[]>;
  try {
    work();
  } finally {
    found = Promise.all([device.popErrorScope(), device.popErrorScope()]);
    found.catch(() => {});
  }
  return found.then(
    (errors) => errors.find((error) => error !== null) ?? undefined,
    () => undefined,
  );
}
