import { hasRelaxedSimd } from './relaxed-simd.js';

/** Where the CPU module is fetched from: with relaxed SIMD where the engine has it. */
export function cpuWasm(): URL {
  // Written out in full for bundlers.
  return hasRelaxedSimd()
    ? new URL('./wasm/maskrcnn_cpu_relaxed_bg.wasm', import.meta.url)
    : new URL('./wasm/maskrcnn_cpu_bg.wasm', import.meta.url);
}
