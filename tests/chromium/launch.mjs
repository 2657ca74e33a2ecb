import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../pkg/', import.meta.url))('playwright-core');

const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** WebGPU on a software adapter, so that it is available on any machine. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'];

/** What canvases for WebGPU need of the browser on top of that: that it composes pages with the same software driver. */
export const GPU_CANVAS_FLAGS = ['--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader'];

/**
 * Starts Chromium: the one named by `CHROME`, else the system's.
 *
 * @param {{ gpu?: boolean, flags?: string[] }} options `gpu: false` for a browser without any WebGPU adapter
 */
export function launch({ gpu = true, flags = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROME ?? '/usr/bin/chromium',
    args: [...FLAGS, ...(gpu ? SOFTWARE_GPU : []), ...flags],
  });
}
