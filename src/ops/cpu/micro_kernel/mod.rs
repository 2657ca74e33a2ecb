//! The innermost loops of convolutions and matrix products on the CPU: tiles of sums that stay in the
//! processor's registers (Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication").
//!
//! A loop is written once, over any [`Vector`]; a file for each kind of processor compiles it for the vectors
//! there.

mod correlation;
#[cfg(feature = "autodiff")]
mod dot;
mod multiply_adds;
#[cfg(feature = "autodiff")]
mod outer;
mod pack;
#[cfg(not(target_arch = "wasm32"))]
mod portable;
mod stretch;
mod vector;
#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(in crate::ops) use correlation::{Correlation, Offsets};
#[cfg(feature = "autodiff")]
pub(in crate::ops) use dot::DotProducts;
pub(in crate::ops) use multiply_adds::MultiplyAdds;
#[cfg(feature = "autodiff")]
pub(in crate::ops) use outer::OuterProducts;
pub(in crate::ops) use pack::interleave;
#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
use portable::InstructionSet;
pub(in crate::ops) use stretch::Stretch;
use vector::Vector;
#[cfg(target_arch = "wasm32")]
use wasm::InstructionSet;
#[cfg(target_arch = "x86_64")]
use x86::InstructionSet;

/// The widest tile: [`Kernel::rows`] and [`Kernel::columns`] are at most these.
pub(in crate::ops) const MAX_ROWS: usize = 8;
/// See [`MAX_ROWS`].
pub(in crate::ops) const MAX_COLUMNS: usize = 48;

/// Vectors side by side in the widest tile.
pub(in crate::ops) const MAX_VECTORS: usize = 3;

/// Sums of a tile, row by row, as many columns apart as the tile was asked for.
pub(in crate::ops) type Tile = [f32; MAX_ROWS * MAX_COLUMNS];

/// A loop that fills a tile.
trait TileLoop {
    /// Fills a tile of `ROWS × VECTORS` vectors.
    ///
    /// # Safety
    /// As [`Vector`]; what the callers in [`Kernel`] assert.
    unsafe fn run<V: Vector, const ROWS: usize, const VECTORS: usize>(&self, tile: &mut Tile);
}

/// The loops for the vectors of this processor.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Kernel {
    /// Rows of a tile.
    pub(in crate::ops) rows: usize,
    /// Values in a vector: a tile has 1, 2 or 3 times as many columns.
    pub(in crate::ops) lanes: usize,
    instructions: InstructionSet,
}

impl Kernel {
    /// The loops for this processor.
    pub(in crate::ops) fn detect() -> Self {
        let instructions = InstructionSet::detect();
        let (rows, lanes) = instructions.shape();
        Self { rows, lanes, instructions }
    }

    /// Columns of the widest tile.
    pub(in crate::ops) fn columns(&self) -> usize {
        MAX_VECTORS * self.lanes
    }

    /// Fills a tile of `vectors` (1 to 3) vectors per row.
    ///
    /// # Safety
    /// As [`TileLoop::run`].
    unsafe fn run<L: TileLoop>(&self, terms: &L, vectors: usize, tile: &mut Tile) {
        unsafe { self.instructions.run(terms, vectors, tile) }
    }
}

/// # Safety
/// As [`Vector`]; the sums fit into a tile.
#[inline(always)]
unsafe fn put<V: Vector, const ROWS: usize, const VECTORS: usize>(sums: [[V; VECTORS]; ROWS], tile: &mut Tile) {
    for (row, sums) in sums.into_iter().enumerate() {
        for (vector, sum) in sums.into_iter().enumerate() {
            unsafe { sum.store(tile.as_mut_ptr().add((row * VECTORS + vector) * V::LANES)) };
        }
    }
}
