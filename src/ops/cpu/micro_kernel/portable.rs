//! Vectors and loops for any processor.

use super::vector::Vector;
use super::{Tile, TileLoop};

/// Rows of a tile and values in a vector.
pub(super) const SHAPE: (usize, usize) = (4, 4);

/// # Safety
/// As [`TileLoop::run`].
pub(super) unsafe fn run<L: TileLoop>(terms: &L, vectors: usize, tile: &mut Tile) {
    unsafe {
        match vectors {
            1 => arrays::<L, 1>(terms, tile),
            2 => arrays::<L, 2>(terms, tile),
            _ => arrays::<L, 3>(terms, tile),
        }
    }
}

#[inline(never)]
unsafe fn arrays<L: TileLoop, const VECTORS: usize>(terms: &L, tile: &mut Tile) {
    unsafe { terms.run::<[f32; 4], 4, VECTORS>(tile) }
}

/// The compiler uses what vectors the processor has.
impl Vector for [f32; 4] {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        [0.0; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { from.cast::<Self>().read() }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        core::array::from_fn(|lane| self[lane] + a[lane] * b[lane])
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<Self>().write(self) }
    }
}
