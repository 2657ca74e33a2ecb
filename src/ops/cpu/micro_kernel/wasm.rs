//! Vectors and loops for WebAssembly: SIMD of 128 bits, with relaxed SIMD fused.

use super::vector::Vector;
use super::{Tile, TileLoop};
use core::arch::wasm32::*;

/// The instructions of the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct InstructionSet;

impl InstructionSet {
    pub(super) fn detect() -> Self {
        Self
    }

    /// Rows of a tile and values in a vector.
    ///
    /// On x86, engines have 15 registers for WebAssembly: 9 sums, the factors, and the product, which
    /// is not fused with the sum. With one more sum they are spilt at each term, which halves the speed. Fused,
    /// the tile takes 13 registers; one more row would take 16.
    pub(super) fn shape(self) -> (usize, usize) {
        (3, 4)
    }

    /// # Safety
    /// As [`TileLoop::run`].
    pub(super) unsafe fn run<L: TileLoop>(self, terms: &L, vectors: usize, tile: &mut Tile) {
        unsafe {
            match vectors {
                1 => simd128::<L, 1>(terms, tile),
                2 => simd128::<L, 2>(terms, tile),
                _ => simd128::<L, 3>(terms, tile),
            }
        }
    }
}

#[cfg_attr(feature = "relaxed-simd", target_feature(enable = "relaxed-simd"))]
#[inline(never)]
unsafe fn simd128<L: TileLoop, const VECTORS: usize>(terms: &L, tile: &mut Tile) {
    unsafe { terms.run::<v128, 3, VECTORS>(tile) }
}

/// Product and sum are rounded separately, unless the module is built for relaxed SIMD, which fuses them
/// where the processor can.
impl Vector for v128 {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        f32x4_splat(0.0)
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        f32x4_splat(value)
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        #[cfg(feature = "relaxed-simd")]
        return f32x4_relaxed_madd(a, b, self);
        #[cfg(not(feature = "relaxed-simd"))]
        f32x4_add(self, f32x4_mul(a, b))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { v128_store(to.cast(), self) }
    }
}
