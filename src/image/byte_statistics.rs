//! What a tone is measured on, of an image whose samples are not at hand.

use super::INPUTS;
use super::single_colour::ColourSums;

/// What is counted of an image of 8-bit RGBA, where that is done elsewhere, such as on a GPU.
#[derive(Debug, Clone)]
pub struct ByteStatistics {
    /// For each of the four channels, how many pixels have each sample.
    pub histograms: [[u32; 256]; 4],
    /// Of the sampled pixels ([`Tone::sampling_step`](super::Tone::sampling_step)) that are white for the network
    /// ([`Tone::WHITE`](super::Tone::WHITE)).
    pub white: PixelSums,
    /// Of the other sampled pixels.
    pub others: PixelSums,
}

/// Sums over some pixels of an image, of the samples that the network's inputs see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PixelSums {
    /// Number of pixels.
    pub count: u64,
    /// Of each input's sample.
    pub sums: [u64; INPUTS],
    /// Of the product of two inputs' samples; symmetric.
    pub products: [[u64; INPUTS]; INPUTS],
}

impl From<PixelSums> for ColourSums {
    fn from(PixelSums { count, sums, products }: PixelSums) -> Self {
        // Exact: they are below 2⁵³.
        let exact = |values: [u64; INPUTS]| values.map(|value| value as f64);
        Self { count: count as f64, sums: exact(sums), products: products.map(exact) }
    }
}
