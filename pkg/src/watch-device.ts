/**
 * Calls back when a device that is opened from now on is lost, until the function that is returned is called; that
 * one only ends the watch for further devices.
 *
 * The engine keeps its device to itself, so the one it asks for is watched on its way there.
 */
export function watchDevice(onLost: (message: string) => void): () => void {
  const prototype = globalThis.GPUAdapter?.prototype;
  if (!prototype) return () => {};
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    device.lost.then(({ message }) => onLost(message));
    return device;
  };
  return () => {
    prototype.requestDevice = requestDevice;
  };
}
