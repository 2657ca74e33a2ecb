//! Dot products: the loop of the gradient of a depthwise convolution by its weight.

use super::vector::Vector;
use super::{Kernel, MAX_ROWS, MAX_VECTORS, Tile, TileLoop};

/// Products of a vector with several stretches of a frame, one for each row of the tile.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct DotProducts<'a> {
    /// The frame.
    pub(in crate::ops) frame: &'a [f32],
    /// Where each row of the tile has its first value in the frame; those that the tile lacks are 0.
    pub(in crate::ops) offsets: [usize; MAX_ROWS],
    /// The vector: whole rows of the widest tile.
    pub(in crate::ops) others: &'a [f32],
}

impl TileLoop for DotProducts<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector, const ROWS: usize, const VECTORS: usize>(&self, tile: &mut Tile) {
        unsafe {
            let mut sums = [[V::zero(); VECTORS]; ROWS];
            for start in (0..self.others.len()).step_by(VECTORS * V::LANES) {
                let others = self.others.as_ptr().add(start);
                let values: [V; VECTORS] = core::array::from_fn(|vector| V::load(others.add(vector * V::LANES)));
                for (sums, &offset) in sums.iter_mut().zip(&self.offsets) {
                    let from = self.frame.as_ptr().add(offset + start);
                    for (vector, (sum, value)) in sums.iter_mut().zip(values).enumerate() {
                        *sum = sum.add_product(value, V::load(from.add(vector * V::LANES)));
                    }
                }
            }
            super::put(sums, tile);
        }
    }
}

impl Kernel {
    /// A tile whose row `i` adds up to the sum over `j` of `frame[offsets[i] + j] × others[j]`.
    pub(in crate::ops) fn dot(&self, terms: &DotProducts<'_>, tile: &mut Tile) {
        let furthest = terms.offsets.into_iter().max().unwrap_or(0);
        assert!(furthest + terms.others.len() <= terms.frame.len(), "the products lie in the frame");
        assert!(terms.others.len().is_multiple_of(self.columns()), "the vector is of whole rows");
        // SAFETY: the processor has these instructions (`detect`), and all reads are in bounds.
        unsafe { self.run(terms, MAX_VECTORS, tile) }
    }
}
