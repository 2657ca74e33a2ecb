//! Outer products: the loop of the gradient of a convolution by its weight.

use super::vector::Vector;
use super::{Kernel, MAX_ROWS, Tile, TileLoop};

/// Sums, over a block of pixels, of products of values in a frame and depths.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct OuterProducts<'a> {
    /// The frame.
    pub(in crate::ops) frame: &'a [f32],
    /// Where each row of the tile has its first pixel in the frame; those that the tile lacks are 0.
    pub(in crate::ops) offsets: [usize; MAX_ROWS],
    /// From one line of pixels to the next in the frame.
    pub(in crate::ops) pitch: usize,
    /// Lines of pixels.
    pub(in crate::ops) height: usize,
    /// Pixels of a line.
    pub(in crate::ops) width: usize,
    /// The depths of each pixel, without gaps.
    pub(in crate::ops) depths: &'a [f32],
    /// Depths of a pixel.
    pub(in crate::ops) depth: usize,
    /// The first that the tile has a column for.
    pub(in crate::ops) first: usize,
}

impl TileLoop for OuterProducts<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector, const ROWS: usize, const VECTORS: usize>(&self, tile: &mut Tile) {
        unsafe {
            let mut sums = [[V::zero(); VECTORS]; ROWS];
            let mut depths = self.depths.as_ptr().add(self.first);
            for line in 0..self.height {
                let from: [*const f32; ROWS] =
                    core::array::from_fn(|row| self.frame.as_ptr().add(self.offsets[row] + line * self.pitch));
                for pixel in 0..self.width {
                    let values: [V; VECTORS] = core::array::from_fn(|vector| V::load(depths.add(vector * V::LANES)));
                    for (sums, from) in sums.iter_mut().zip(from) {
                        let factor = V::splat(*from.add(pixel));
                        for (sum, value) in sums.iter_mut().zip(values) {
                            *sum = sum.add_product(factor, value);
                        }
                    }
                    depths = depths.add(self.depth);
                }
            }
            super::put(sums, tile);
        }
    }
}

impl Kernel {
    /// A tile of `vectors` (1 to 3) vectors a row: row `i`, column `j` is the sum over the pixels, at
    /// `y` and `x`, of `frame[offsets[i] + y × pitch + x] × depths[(y × width + x) × depth + first + j]`.
    pub(in crate::ops) fn outer(&self, terms: &OuterProducts<'_>, vectors: usize, tile: &mut Tile) {
        let furthest = terms.offsets.into_iter().max().unwrap_or(0);
        let last = furthest + terms.height.saturating_sub(1) * terms.pitch + terms.width;
        assert!(last <= terms.frame.len(), "a tile lies in its frame");
        assert!(terms.first + vectors * self.lanes <= terms.depth, "a tile has as many depths");
        assert!(terms.height * terms.width * terms.depth <= terms.depths.len(), "each pixel has depths");
        // SAFETY: the processor has these instructions (`detect`), and all reads are in bounds.
        unsafe { self.run(terms, vectors, tile) }
    }
}
