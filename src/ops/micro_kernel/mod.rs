//! The innermost loops of convolutions and matrix products on the CPU: tiles of sums that stay in the
//! processor's registers (Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication").

mod pack;
mod vector;

pub(super) use pack::interleave;
use vector::Vector;

/// The widest tile: [`Kernel::rows`] and [`Kernel::columns`] are at most these.
pub(super) const MOST_ROWS: usize = 8;
/// See [`MOST_ROWS`].
pub(super) const MOST_COLUMNS: usize = 48;

/// Vectors side by side in the widest tile of any processor.
const MOST_VECTORS: usize = 3;

/// Sums of a tile, row by row, as many columns apart as the tile was asked for.
pub(super) type Tile = [f32; MOST_ROWS * MOST_COLUMNS];

/// The loops for the vectors of this processor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernel {
    /// Rows of a tile.
    pub(super) rows: usize,
    /// Values in a vector: a tile has 1, 2 or 3 times as many columns.
    pub(super) lanes: usize,
    /// Vectors side by side in the widest tile.
    vectors: usize,
    correlate: [unsafe fn(&Correlation<'_>, &mut Tile); MOST_VECTORS],
    #[cfg(feature = "autodiff")]
    outer: [unsafe fn(&OuterProducts<'_>, &mut Tile); MOST_VECTORS],
    #[cfg(feature = "cli")]
    multiply_adds: unsafe fn(&mut Tile, f32, f32, u32),
}

/// Where terms are in a frame.
#[derive(Debug)]
pub(super) struct Offsets {
    values: Vec<usize>,
    /// The largest: known once, not looked for in each tile.
    furthest: usize,
}

impl Offsets {
    pub(super) fn new(values: Vec<usize>) -> Self {
        let furthest = values.iter().copied().max().unwrap_or(0);
        Self { values, furthest }
    }

    /// How many terms there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

/// Sums over shifted copies of what a frame has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Correlation<'a> {
    /// The frame.
    pub(super) frame: &'a [f32],
    /// Where each term's first column is in the frame.
    pub(super) offsets: &'a Offsets,
    /// Where the tile's first column is from there.
    pub(super) start: usize,
    /// Factors: for each offset, one for each row of the tile.
    pub(super) weights: &'a [f32],
}

/// Sums, over a block of pixels, of products of values in a frame and depths.
#[cfg(feature = "autodiff")]
#[derive(Debug, Clone, Copy)]
pub(super) struct OuterProducts<'a> {
    /// The frame.
    pub(super) frame: &'a [f32],
    /// Where each row of the tile has its first pixel in the frame; those that the tile lacks are 0.
    pub(super) offsets: [usize; MOST_ROWS],
    /// From one line of pixels to the next in the frame.
    pub(super) pitch: usize,
    /// Lines of pixels.
    pub(super) height: usize,
    /// Pixels of a line.
    pub(super) width: usize,
    /// The depths of each pixel, without gaps.
    pub(super) depths: &'a [f32],
    /// Depths of a pixel.
    pub(super) depth: usize,
    /// The first that the tile has a column for.
    pub(super) first: usize,
}

impl Kernel {
    /// The loops for this processor.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return avx512::KERNEL;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return avx2::KERNEL;
            }
        }
        #[cfg(target_arch = "wasm32")]
        return wasm::KERNEL;
        #[cfg(not(target_arch = "wasm32"))]
        portable::KERNEL
    }

    /// Columns of the widest tile.
    pub(super) fn columns(&self) -> usize {
        self.vectors * self.lanes
    }

    /// A tile of `vectors` (1 to 3) vectors a row: row `i`, column `j` is the sum over the terms `k`
    /// of `weights[k × rows + i] × frame[offsets[k] + start + j]`.
    pub(super) fn correlate(&self, terms: &Correlation<'_>, vectors: usize, tile: &mut Tile) {
        let end = terms.offsets.furthest + terms.start + vectors * self.lanes;
        assert!(end <= terms.frame.len(), "a tile lies in its frame");
        assert_eq!(terms.weights.len(), terms.offsets.values.len() * self.rows, "each term has its weights");
        // SAFETY: the processor has these instructions (`detect`), and all reads are in bounds.
        unsafe { self.correlate[vectors - 1](terms, tile) }
    }

    /// A tile of `vectors` (1 to 3) vectors a row: row `i`, column `j` is the sum over the pixels, at
    /// `y` and `x`, of `frame[offsets[i] + y × pitch + x] × depths[(y × width + x) × depth + first + j]`.
    #[cfg(feature = "autodiff")]
    pub(super) fn outer(&self, terms: &OuterProducts<'_>, vectors: usize, tile: &mut Tile) {
        let furthest = terms.offsets.into_iter().max().unwrap_or(0);
        let last = furthest + terms.height.saturating_sub(1) * terms.pitch + terms.width;
        assert!(last <= terms.frame.len(), "a tile lies in its frame");
        assert!(terms.first + vectors * self.lanes <= terms.depth, "a tile has as many depths");
        assert!(terms.height * terms.width * terms.depth <= terms.depths.len(), "each pixel has depths");
        // SAFETY: the processor has these instructions (`detect`), and all reads are in bounds.
        unsafe { self.outer[vectors - 1](terms, tile) }
    }

    /// Each value of a tile of the widest kind taken to `factor × value + summand`, `rounds` times.
    #[cfg(feature = "cli")]
    pub(super) fn multiply_adds(&self, tile: &mut Tile, factor: f32, summand: f32, rounds: u32) {
        // SAFETY: the processor has these instructions (`detect`).
        unsafe { (self.multiply_adds)(tile, factor, summand, rounds) }
    }
}

/// # Safety
/// As [`Vector`]; what the callers in [`Kernel`] assert.
#[inline(always)]
unsafe fn correlate<V: Vector, const ROWS: usize, const VECTORS: usize>(terms: &Correlation<'_>, tile: &mut Tile) {
    unsafe {
        let mut sums = [[V::zero(); VECTORS]; ROWS];
        let from = terms.frame.as_ptr().add(terms.start);
        let mut weights = terms.weights.as_ptr();
        for &offset in &terms.offsets.values {
            let values: [V; VECTORS] = core::array::from_fn(|vector| V::load(from.add(offset + vector * V::LANES)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let weight = V::splat(*weights.add(row));
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum = sum.add_product(weight, value);
                }
            }
            weights = weights.add(ROWS);
        }
        put(sums, tile);
    }
}

/// # Safety
/// As [`correlate`].
#[cfg(feature = "autodiff")]
#[inline(always)]
unsafe fn outer<V: Vector, const ROWS: usize, const VECTORS: usize>(terms: &OuterProducts<'_>, tile: &mut Tile) {
    unsafe {
        let mut sums = [[V::zero(); VECTORS]; ROWS];
        let mut depths = terms.depths.as_ptr().add(terms.first);
        for line in 0..terms.height {
            let from: [*const f32; ROWS] =
                core::array::from_fn(|row| terms.frame.as_ptr().add(terms.offsets[row] + line * terms.pitch));
            for pixel in 0..terms.width {
                let values: [V; VECTORS] = core::array::from_fn(|vector| V::load(depths.add(vector * V::LANES)));
                for (sums, from) in sums.iter_mut().zip(from) {
                    let factor = V::splat(*from.add(pixel));
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = sum.add_product(factor, value);
                    }
                }
                depths = depths.add(terms.depth);
            }
        }
        put(sums, tile);
    }
}

/// # Safety
/// As [`Vector`]; the values fit into a tile.
#[cfg(feature = "cli")]
#[inline(always)]
unsafe fn multiply_adds<V: Vector, const ROWS: usize, const VECTORS: usize>(
    tile: &mut Tile,
    factor: f32,
    summand: f32,
    rounds: u32,
) {
    unsafe {
        let (factor, summand) = (V::splat(factor), V::splat(summand));
        let mut values: [[V; VECTORS]; ROWS] = core::array::from_fn(|row| {
            core::array::from_fn(|vector| V::load(tile.as_ptr().add((row * VECTORS + vector) * V::LANES)))
        });
        for _ in 0..rounds {
            // Flattened to one loop, they would not stay in registers.
            for row in &mut values {
                for value in row {
                    *value = summand.add_product(factor, *value);
                }
            }
        }
        put(values, tile);
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

/// The loops compiled for one kind of vector and, where named, with instructions that not every
/// processor has.
macro_rules! kernel {
    ($name:ident, $vector:ty, $rows:literal by $vectors:literal $(, $features:literal)?) => {
        mod $name {
            use super::*;

            pub(super) const KERNEL: Kernel = Kernel {
                rows: $rows,
                lanes: <$vector as Vector>::LANES,
                correlate: [correlate::<1>, correlate::<2>, correlate::<3>],
                vectors: $vectors,
                #[cfg(feature = "autodiff")]
                outer: [outer::<1>, outer::<2>, outer::<3>],
                #[cfg(feature = "cli")]
                multiply_adds,
            };

            $(#[target_feature(enable = $features)])?
            unsafe fn correlate<const VECTORS: usize>(terms: &Correlation<'_>, tile: &mut Tile) {
                unsafe { super::correlate::<$vector, $rows, VECTORS>(terms, tile) }
            }

            #[cfg(feature = "autodiff")]
            $(#[target_feature(enable = $features)])?
            unsafe fn outer<const VECTORS: usize>(terms: &OuterProducts<'_>, tile: &mut Tile) {
                unsafe { super::outer::<$vector, $rows, VECTORS>(terms, tile) }
            }

            #[cfg(feature = "cli")]
            $(#[target_feature(enable = $features)])?
            unsafe fn multiply_adds(tile: &mut Tile, factor: f32, summand: f32, rounds: u32) {
                unsafe { super::multiply_adds::<$vector, $rows, $vectors>(tile, factor, summand, rounds) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
kernel!(avx512, core::arch::x86_64::__m512, 8 by 3, "avx512f");
#[cfg(target_arch = "x86_64")]
kernel!(avx2, core::arch::x86_64::__m256, 4 by 3, "avx2,fma");
// On x86, engines have 15 registers for WebAssembly: 9 sums, what is multiplied, and the product, which
// is not fused with the sum. One sum more, and they are spilt at each term, which halves the speed.
#[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
kernel!(wasm, core::arch::wasm32::v128, 3 by 3);
// Fused, the tile takes 13 registers; a row more would take 16.
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
kernel!(wasm, core::arch::wasm32::v128, 3 by 3, "relaxed-simd");
#[cfg(not(target_arch = "wasm32"))]
kernel!(portable, [f32; 4], 4 by 3);
