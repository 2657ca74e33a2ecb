/** `f32x4.relaxed_madd` of three vectors (0xfd 0x85 0x02), in a module that does nothing else. */
const RELAXED_MADD = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // WebAssembly, version 1
  ...[1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b], // a type: three vectors to one
  ...[3, 2, 1, 0], // a function of that type
  ...[10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 0x02, 0x0b], // its body
);

/**
 * Where the CPU module is fetched from: with relaxed SIMD, which fuses products with their sums, where the engine has
 * it. An engine refuses a module with instructions that it does not know, so there are two.
 *
 * @see https://webassembly.github.io/spec/core/binary/
 */
export function cpuWasm(): URL {
  // Written out in full for bundlers.
  return WebAssembly.validate(RELAXED_MADD)
    ? new URL('./wasm/maskrcnn_cpu_relaxed_bg.wasm', import.meta.url)
    : new URL('./wasm/maskrcnn_cpu_bg.wasm', import.meta.url);
}
