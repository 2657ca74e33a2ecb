import * as glue from './wasm/maskrcnn_webgpu.js';
import { serve } from './worker.js';

const fail = serve(glue, new URL('./wasm/maskrcnn_webgpu_bg.wasm', import.meta.url));

// The engine keeps its device to itself, so the one it asks for is watched on its way there.
const { requestDevice } = globalThis.GPUAdapter?.prototype ?? {};
if (requestDevice) {
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    device.lost.then(({ message }) => fail('device-lost', message || 'the GPU went away'));
    return device;
  };
}
