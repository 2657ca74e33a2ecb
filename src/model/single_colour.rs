//! Pictures in a single colour: the grey values of one fluorescence channel, shown in blue, green, magenta or any
//! other saturated colour, as microscopes' software exports them.

use crate::structures::Image;

/// Channels in proportion to each other, the least of them to the brightest by less than this, are a colour and not a
/// shade of grey. Sepia photographs and tinted bright fields lie above 0.6.
const SATURATED: f64 = 0.5;

/// The largest share of the brightest channel's variance that may remain unexplained by a single colour. JPEG at
/// quality 50 with halved chroma leaves 0.025, stained tissue and photographs more than 1.
const MAX_RESIDUAL: f64 = 0.04;

/// Pixels with all channels above this are white: a scale bar or a label that was burned into the image. They are not
/// of the stain, and few as they are would outweigh it.
const WHITE: u8 = 240;

/// The largest share of white pixels that are taken for annotations; more are part of the picture.
const MAX_ANNOTATIONS: f64 = 0.02;

/// Pixels that the decision is made on, at most about twice as many.
const SAMPLED_PIXELS: usize = 1 << 16;

/// The channel, 0..3, that holds the grey values of a picture in a single saturated colour; `None` for a picture in
/// grey or in several colours.
pub(super) fn channel(image: &Image) -> Option<usize> {
    let pixels = image.rgba().as_chunks::<4>().0;
    // An odd step visits all columns of a picture with a side that is a power of two.
    let mut sampled: Vec<_> = pixels.iter().step_by((pixels.len() / SAMPLED_PIXELS) | 1).collect();
    let is_white = |pixel: &[u8; 4]| pixel[..3].iter().all(|&value| value > WHITE);
    let white = sampled.iter().filter(|pixel| is_white(pixel)).count();
    if white as f64 <= MAX_ANNOTATIONS * sampled.len() as f64 {
        sampled.retain(|pixel| !is_white(pixel));
    }
    let count = sampled.len() as f64;
    let mut sums = [0u64; 3];
    let mut products = [[0u64; 3]; 3];
    for pixel in sampled {
        let values: [u64; 3] = core::array::from_fn(|channel| pixel[channel].into());
        for (a, &value) in values.iter().enumerate() {
            sums[a] += value;
            for (product, other) in products[a].iter_mut().zip(values) {
                *product += value * other;
            }
        }
    }
    let brightest = (0..3).max_by_key(|&channel| sums[channel])?;
    let square = products[brightest][brightest] as f64;
    let variance = square - (sums[brightest] as f64).powi(2) / count;
    if variance <= 0.0 {
        return None;
    }
    // Least squares: each channel as a multiple of the brightest one, and what that leaves unexplained.
    let multiples = products[brightest].map(|product| product as f64 / square);
    let residual: f64 =
        (0..3).map(|channel| products[channel][channel] as f64 - multiples[channel].powi(2) * square).sum();
    let is_saturated = multiples.iter().any(|&multiple| multiple < SATURATED);
    (is_saturated && residual <= MAX_RESIDUAL * variance).then_some(brightest)
}
