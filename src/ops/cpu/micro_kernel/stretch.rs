//! Correlations of one channel: the loop of depthwise convolutions. A tile is one stretch of columns.

use super::correlation::Offsets;
use super::vector::Vector;
use super::{Kernel, Tile, TileLoop};

/// Sums over shifted copies of a frame, each with one factor.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Stretch<'a> {
    /// The frame.
    pub(in crate::ops) frame: &'a [f32],
    /// Where each term's first column is in the frame.
    pub(in crate::ops) offsets: &'a Offsets,
    /// Where the tile's first column is from there.
    pub(in crate::ops) start: usize,
    /// A factor for each offset.
    pub(in crate::ops) weights: &'a [f32],
}

impl TileLoop for Stretch<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector, const ROWS: usize, const VECTORS: usize>(&self, tile: &mut Tile) {
        unsafe {
            let mut sums = [[V::zero(); VECTORS]; ROWS];
            let from = self.frame.as_ptr().add(self.start);
            for (&offset, &weight) in self.offsets.iter().zip(self.weights) {
                let (from, weight) = (from.add(offset), V::splat(weight));
                for (row, sums) in sums.iter_mut().enumerate() {
                    for (vector, sum) in sums.iter_mut().enumerate() {
                        *sum = sum.add_product(weight, V::load(from.add((row * VECTORS + vector) * V::LANES)));
                    }
                }
            }
            super::put(sums, tile);
        }
    }
}

impl Kernel {
    /// Columns of a stretch of `vectors` (1 to 3) vectors a row.
    pub(in crate::ops) fn stretch_len(&self, vectors: usize) -> usize {
        self.rows * vectors * self.lanes
    }

    /// A stretch of [`Kernel::stretch_len`] columns: column `j` is the sum over the terms `k` of
    /// `weights[k] × frame[offsets[k] + start + j]`.
    pub(in crate::ops) fn stretch(&self, terms: &Stretch<'_>, vectors: usize, tile: &mut Tile) {
        let end = terms.offsets.furthest() + terms.start + self.stretch_len(vectors);
        assert!(end <= terms.frame.len(), "a stretch lies in its frame");
        // SAFETY: the processor has these instructions (`detect`), and all reads are in bounds.
        unsafe { self.run(terms, vectors, tile) }
    }
}
