//! What the tone of an image of 8-bit RGBA is measured on: histograms of its channels, and sums over some of its pixels.

use burn::backend::{Backend, Dispatch, backend_extension, tensor::IntTensor};
use burn::tensor::{Int, Tensor};

use crate::image::{ByteStatistics, INPUTS, PixelSums, Tone};

/// Where the pixels of an image are, and which of its channels are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelLayout {
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// Words from the start of one row to that of the next.
    pub row_words: usize,
    /// The channel of each of the network's inputs, 0..3.
    pub inputs: [usize; INPUTS],
}

impl PixelLayout {
    /// Number of pixels.
    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }
}

/// What a backend provides for [`image_statistics`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait ImageStatisticsBackend: Backend {
    /// See [`image_statistics`].
    fn image_statistics(words: IntTensor<Self>, layout: PixelLayout) -> IntTensor<Self>;
}

/// Histograms are counted in this many parts, which are added later: fewer threads then count in the same place.
pub(super) const HISTOGRAM_PARTS: usize = 8;
/// Channels, and samples that each may have.
pub(super) const HISTOGRAM: usize = 4 * 256;
/// The sums, too, in this many parts: none exceeds 32 bits.
pub(super) const SUM_PARTS: usize = 256;
/// Pixels, sums of three inputs, and of their six products, `aa`, `ab`, `ac`, `bb`, `bc`, `cc`.
pub(super) const SUMS: usize = 10;
/// Numbers of the output: the histograms, then the sums of the white and of the other pixels.
pub(super) const OUTPUT: usize = HISTOGRAM_PARTS * HISTOGRAM + SUM_PARTS * 2 * SUMS;

/// Counts what the tone of an image is measured on.
///
/// # Shapes
/// - words: `[height × row_words]`, one a pixel, red in its lowest byte
/// - output: `[n]`, for [`statistics`]
pub fn image_statistics(words: Tensor<1, Int>, layout: PixelLayout) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::image_statistics(words.into_dispatch(), layout))
}

/// What the numbers of [`image_statistics`] are; those that are missing count as 0.
pub fn statistics(numbers: &[i32]) -> ByteStatistics {
    let number = |index: usize| numbers.get(index).map_or(0, |&number| number as u32);
    let of_part = |index: usize| move |part: usize| number(part * HISTOGRAM + index);
    let count = |index: usize| (0..HISTOGRAM_PARTS).map(of_part(index)).sum();
    let sum = |is_other: usize, index: usize| -> u64 {
        let first = HISTOGRAM_PARTS * HISTOGRAM + is_other * SUMS + index;
        (0..SUM_PARTS).map(|part| u64::from(number(first + part * 2 * SUMS))).sum()
    };
    let sums = |is_other: usize| {
        let at = |index: usize| sum(is_other, index);
        let [ab, ac, bc] = [at(5), at(6), at(8)];
        PixelSums {
            count: at(0),
            sums: [at(1), at(2), at(3)],
            products: [[at(4), ab, ac], [ab, at(7), bc], [ac, bc, at(9)]],
        }
    };
    ByteStatistics {
        histograms: core::array::from_fn(|channel| core::array::from_fn(|sample| count(channel * 256 + sample))),
        white: sums(0),
        others: sums(1),
    }
}

/// Whether a sampled pixel is white for the network.
pub(super) const WHITE: u32 = Tone::WHITE as u32;
