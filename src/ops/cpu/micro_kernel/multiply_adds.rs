//! Nothing but multiplications and additions of what is in registers, to measure the processor.

use super::vector::Vector;
use super::{Kernel, Tile, TileLoop};
use crate::ops::multiply_adds::Line;

/// Each value of a tile is replaced by `line.factor × value + line.summand`, `rounds` times.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct MultiplyAdds {
    pub(in crate::ops) line: Line,
    pub(in crate::ops) rounds: u32,
}

impl TileLoop for MultiplyAdds {
    #[inline(always)]
    unsafe fn run<V: Vector, const ROWS: usize, const VECTORS: usize>(&self, tile: &mut Tile) {
        unsafe {
            let (factor, summand) = (V::splat(self.line.factor), V::splat(self.line.summand));
            let mut values: [[V; VECTORS]; ROWS] = core::array::from_fn(|row| {
                core::array::from_fn(|vector| V::load(tile.as_ptr().add((row * VECTORS + vector) * V::LANES)))
            });
            for _ in 0..self.rounds {
                // Flattened to one loop, they would not stay in registers.
                for row in &mut values {
                    for value in row {
                        *value = summand.add_product(factor, *value);
                    }
                }
            }
            super::put(values, tile);
        }
    }
}

impl Kernel {
    /// Runs the loop over a tile of the widest kind.
    pub(in crate::ops) fn multiply_adds(&self, terms: &MultiplyAdds, tile: &mut Tile) {
        // SAFETY: the processor has these instructions (`detect`), and the values fit into a tile.
        unsafe { self.run(terms, super::MAX_VECTORS, tile) }
    }
}
