/** `f32x4.relaxed_madd` of three vectors (0xfd 0x85 0x02), in a module that does nothing else. */
const RELAXED_MADD = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // WebAssembly, version 1
  ...[1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b], // a type: three vectors to one
  ...[3, 2, 1, 0], // a function of that type
  ...[10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 0x02, 0x0b], // its body
);

/**
 * Whether the engine has relaxed SIMD, which fuses products with their sums. An engine refuses a module with
 * instructions that it does not know, so there are two CPU modules.
 *
 * @see https://webassembly.github.io/spec/core/binary/
 */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_MADD);
}
