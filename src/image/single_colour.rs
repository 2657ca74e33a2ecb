//! Images in a single colour: the grey values of one fluorescence channel, shown in blue, green, magenta or any other
//! saturated colour, as microscopes' software exports them.

use super::image::Channel;
use super::{ChannelMap, INPUTS, Image, Samples};

/// Channels in proportion to each other, the least of them to the brightest by less than this, are a colour and not a
/// shade of grey. Sepia photographs and tinted bright fields lie above 0.6.
const SATURATED: f64 = 0.5;

/// The largest share of the brightest channel's variance that may remain unexplained by a single colour. JPEG at
/// quality 50 with halved chroma leaves 0.025, stained tissue and photographs more than 1.
const MAX_RESIDUAL: f64 = 0.04;

/// Pixels with all channels above this, of 255, are white: a scale bar or a label that was burned into the image. They
/// are not of the stain, and few as they are would outweigh it.
const WHITE: f32 = 240.0;

/// The largest share of white pixels that are taken for annotations; more are part of the image.
const MAX_ANNOTATIONS: f64 = 0.02;

/// Pixels that the decision is made on, at most about twice as many.
const SAMPLED_PIXELS: usize = 1 << 16;

/// The network's input, 0..3, that sees the grey values of an image in a single saturated colour; `None` for an image
/// in grey or in several colours.
pub(super) fn input(image: &Image, channels: &ChannelMap) -> Option<usize> {
    if channels.is_grey() {
        return None;
    }
    let pixels = image.width() * image.height();
    let sampled = match image.samples() {
        Samples::U8(samples) => sample(image.inputs(samples, *channels), pixels, WHITE),
        Samples::U16(samples) => sample(image.inputs(samples, *channels), pixels, WHITE * 257.0),
        // Nobody draws scale bars into measured values.
        Samples::F32(samples) => sample(image.inputs(samples, *channels), pixels, f32::INFINITY),
    };
    let count = sampled.len() as f64;
    let mut sums = [0.0; INPUTS];
    let mut products = [[0.0; INPUTS]; INPUTS];
    for values in sampled {
        let values = values.map(f64::from);
        for (a, &value) in values.iter().enumerate() {
            sums[a] += value;
            products[a].iter_mut().zip(values).for_each(|(product, other)| *product += value * other);
        }
    }
    let brightest = (0..INPUTS).max_by(|&a, &b| sums[a].total_cmp(&sums[b]))?;
    let square = products[brightest][brightest];
    let variance = square - sums[brightest].powi(2) / count;
    if variance <= 0.0 {
        return None;
    }
    // Least squares: each channel as a multiple of the brightest one, and what that leaves unexplained.
    let multiples = products[brightest].map(|product| product / square);
    let residual: f64 = (0..INPUTS).map(|input| products[input][input] - multiples[input].powi(2) * square).sum();
    let is_saturated = multiples.iter().any(|&multiple| multiple < SATURATED);
    (is_saturated && residual <= MAX_RESIDUAL * variance).then_some(brightest)
}

/// Some of the pixels, without the few that are annotations.
fn sample<T: Copy + Into<f32>>(inputs: [Channel<T>; INPUTS], pixels: usize, white: f32) -> Vec<[f32; INPUTS]> {
    // An odd step visits all columns of an image with a side that is a power of two.
    let pixels = (0..pixels).step_by((pixels / SAMPLED_PIXELS) | 1);
    let mut sampled: Vec<_> = pixels.map(|pixel| inputs.map(|input| input.at(pixel).into())).collect();
    let is_white = |pixel: &[f32; INPUTS]| pixel.iter().all(|&value| value > white);
    let annotations = sampled.iter().filter(|pixel| is_white(pixel)).count();
    if annotations as f64 <= MAX_ANNOTATIONS * sampled.len() as f64 {
        sampled.retain(|pixel| !is_white(pixel));
    }
    sampled
}
