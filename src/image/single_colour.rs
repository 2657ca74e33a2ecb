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
pub(super) const WHITE: f32 = 240.0;

/// The largest share of white pixels that are taken for annotations; more are part of the image.
const MAX_ANNOTATIONS: f64 = 0.02;

/// Pixels that the decision is made on, at most about twice as many.
const SAMPLED_PIXELS: usize = 1 << 16;

/// Sums over some of an image's pixels, of the samples that the network's inputs see.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ColourSums {
    /// Number of pixels.
    pub(super) count: f64,
    /// Of each input's sample.
    pub(super) sums: [f64; INPUTS],
    /// Of the product of two inputs' samples.
    pub(super) products: [[f64; INPUTS]; INPUTS],
}

impl ColourSums {
    fn add(&mut self, values: [f64; INPUTS]) {
        self.count += 1.0;
        for (a, &value) in values.iter().enumerate() {
            self.sums[a] += value;
            self.products[a].iter_mut().zip(values).for_each(|(product, other)| *product += value * other);
        }
    }

    fn plus(mut self, other: Self) -> Self {
        self.count += other.count;
        let pairs = self.sums.iter_mut().zip(other.sums);
        let products = self.products.iter_mut().flatten().zip(other.products.into_iter().flatten());
        pairs.chain(products).for_each(|(sum, more)| *sum += more);
        self
    }
}

/// The network's input, 0..3, that sees the grey values of an image in a single saturated colour; `None` for an image
/// in grey or in several colours.
pub(super) fn input(image: &Image, channels: &ChannelMap) -> Option<usize> {
    if channels.is_grey() {
        return None;
    }
    let pixels = image.width() * image.height();
    let [white, others] = match image.samples() {
        Samples::U8(samples) => sums(image.inputs(samples, *channels), pixels, WHITE),
        Samples::U16(samples) => sums(image.inputs(samples, *channels), pixels, WHITE * 257.0),
        // Nobody draws scale bars into measured values.
        Samples::F32(samples) => sums(image.inputs(samples, *channels), pixels, f32::INFINITY),
    };
    input_of(white, others)
}

/// As [`input`], from the sums of the white and of the other pixels.
pub(super) fn input_of(white: ColourSums, others: ColourSums) -> Option<usize> {
    let are_annotations = white.count <= MAX_ANNOTATIONS * (white.count + others.count);
    let ColourSums { count, sums, products } = if are_annotations { others } else { others.plus(white) };
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

/// From one sampled pixel to the next. An odd step visits all columns of an image with a side that is a power of two.
pub(super) fn step(pixels: usize) -> usize {
    (pixels / SAMPLED_PIXELS) | 1
}

/// The sums of the sampled pixels that are white, and of the others.
fn sums<T: Copy + Into<f32>>(inputs: [Channel<T>; INPUTS], pixels: usize, white: f32) -> [ColourSums; 2] {
    let mut sums = [ColourSums::default(); 2];
    for pixel in (0..pixels).step_by(step(pixels)) {
        let values: [f32; INPUTS] = inputs.map(|input| input.at(pixel).into());
        let is_white = values.iter().all(|&value| value > white);
        sums[usize::from(!is_white)].add(values.map(f64::from));
    }
    sums
}
