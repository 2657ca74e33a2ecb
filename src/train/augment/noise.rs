//! The noise of a camera.

use super::AugmentConfig;
use super::draw::{amount, uniform};
use crate::train::Random;

/// Adds what a camera adds: noise that is the same everywhere, and noise of the photons, which has
/// the standard deviation of Poisson's distribution. In grey pixels all channels get the same.
/// `planes` is `[3, pixels]`.
pub(super) fn add(config: &AugmentConfig, planes: &mut [f32], random: &mut Random) {
    let even = uniform(&config.noise, random).unwrap_or(0.0);
    let photons = random.chance(config.photons.probability).then(|| amount(config.photons.range, random));
    if even == 0.0 && photons.is_none() {
        return;
    }
    let variance = even * even;
    let per_light = photons.map_or(0.0, |photons| 1.0 / photons);
    let deviation = |light: f32| (variance + per_light * light.max(0.0)).sqrt();
    let pixels = planes.len() / 3;
    let (red, rest) = planes.split_at_mut(pixels);
    let (green, blue) = rest.split_at_mut(pixels);
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        if (*red - *green).abs().max((*green - *blue).abs()) < GREY {
            let light = *red + deviation(*red) * nearly_normal(random);
            (*red, *green, *blue) = (light, light, light);
        } else {
            for light in [red, green, blue] {
                *light += deviation(*light) * nearly_normal(random);
            }
        }
    }
}

/// How far apart channels are that differ by rounding errors only.
const GREY: f32 = 1e-4;

/// As [`Random::normal`], from the sum of four uniform numbers: a third of the time, and never
/// more than 3.5 standard deviations.
fn nearly_normal(random: &mut Random) -> f32 {
    let bits = random.next_u64();
    let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
    // Each of the four has the variance 1/12.
    (sum as f32 / 65_536.0 - 2.0) * 3f32.sqrt()
}
