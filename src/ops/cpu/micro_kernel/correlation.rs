//! Correlations: the loop of convolutions and matrix products.

use super::vector::Vector;
use super::{Kernel, Tile, TileLoop};

/// Where terms are in a frame.
#[derive(Debug)]
pub(in crate::ops) struct Offsets {
    values: Vec<usize>,
    /// The largest, found once and not for each tile.
    furthest: usize,
}

impl Offsets {
    pub(in crate::ops) fn new(values: Vec<usize>) -> Self {
        let furthest = values.iter().copied().max().unwrap_or(0);
        Self { values, furthest }
    }

    /// The offsets, term by term.
    pub(super) fn iter(&self) -> impl Iterator<Item = &usize> {
        self.values.iter()
    }

    /// The largest.
    pub(super) fn furthest(&self) -> usize {
        self.furthest
    }

    /// Number of terms.
    pub(in crate::ops) fn len(&self) -> usize {
        self.values.len()
    }
}

/// Sums over shifted copies of a frame.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Correlation<'a> {
    /// The frame.
    pub(in crate::ops) frame: &'a [f32],
    /// Where each term's first column is in the frame.
    pub(in crate::ops) offsets: &'a Offsets,
    /// Where the tile's first column is from there.
    pub(in crate::ops) start: usize,
    /// Factors: for each offset, one for each row of the tile.
    pub(in crate::ops) weights: &'a [f32],
}

impl TileLoop for Correlation<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector, const ROWS: usize, const VECTORS: usize>(&self, tile: &mut Tile) {
        unsafe {
            let mut sums = [[V::zero(); VECTORS]; ROWS];
            let from = self.frame.as_ptr().add(self.start);
            let mut weights = self.weights.as_ptr();
            for &offset in &self.offsets.values {
                let values: [V; VECTORS] = core::array::from_fn(|vector| V::load(from.add(offset + vector * V::LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let weight = V::splat(*weights.add(row));
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = sum.add_product(weight, value);
                    }
                }
                weights = weights.add(ROWS);
            }
            super::put(sums, tile);
        }
    }
}

impl Kernel {
    /// A tile of `vectors` (1 to 3) vectors a row: row `i`, column `j` is the sum over the terms `k`
    /// of `weights[k × rows + i] × frame[offsets[k] + start + j]`.
    pub(in crate::ops) fn correlate(&self, terms: &Correlation<'_>, vectors: usize, tile: &mut Tile) {
        let end = terms.offsets.furthest + terms.start + vectors * self.lanes;
        assert!(end <= terms.frame.len(), "a tile lies in its frame");
        assert_eq!(terms.weights.len(), terms.offsets.values.len() * self.rows, "each term has its weights");
        // SAFETY: the processor has these instructions (`detect`), and all reads are in bounds.
        unsafe { self.run(terms, vectors, tile) }
    }
}
