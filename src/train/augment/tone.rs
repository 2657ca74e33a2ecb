//! Light and dark: changes that each channel's values go through by themselves.

use super::AugmentConfig;
use super::draw::{amount, factor};
use crate::image::Image;
use crate::train::Random;

/// What a byte of each channel becomes, on 0..1: inversion, then brightness and contrast as
/// torchvision's `ColorJitter`, then gamma, then a factor on each channel.
pub(super) fn draw(config: &AugmentConfig, image: &Image, random: &mut Random) -> [[f32; 256]; 3] {
    let inverted = random.chance(config.invert);
    let brightness = factor(&config.brightness, random);
    let contrast = factor(&config.contrast, random);
    let gamma = factor(&config.gamma, random);
    let channels = if random.chance(config.channels.probability) {
        core::array::from_fn(|_| amount(config.channels.range, random))
    } else {
        [1.0; 3]
    };

    let mean = mean(image);
    let mean = brightness * if inverted { 1.0 - mean } else { mean };
    let curve: [f32; 256] = core::array::from_fn(|byte| {
        let light = byte as f32 / 255.0;
        let light = brightness * if inverted { 1.0 - light } else { light };
        let light = (mean + contrast * (light - mean)).clamp(0.0, 1.0);
        if gamma == 1.0 { light } else { light.powf(gamma) }
    });
    channels.map(|channel| curve.map(|light| light * channel))
}

/// The mean of all channels, 0..1, from a sixteenth of the pixels.
fn mean(image: &Image) -> f32 {
    let rows = image.rgba().chunks_exact(4 * image.width()).step_by(4);
    let pixels = rows.flat_map(|row| row.as_chunks::<4>().0.iter().step_by(4));
    let (sum, count) = pixels.fold((0u64, 0u64), |(sum, count), pixel| {
        (sum + pixel[..3].iter().map(|&byte| u64::from(byte)).sum::<u64>(), count + 3)
    });
    sum as f32 / (255 * count) as f32
}
