//! Strength and hue of colours.

use super::AugmentConfig;
use super::draw::{factor, uniform};
use super::matrix::{IDENTITY, Matrix, product, transform};
use crate::train::Random;

/// How bright red, green and blue are (ITU-R BT.601, as in torchvision's `rgb_to_grayscale`).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Loses colours, or changes how strong they are and turns them, as the configuration says.
/// `planes` is `[3, pixels]`.
pub(super) fn vary(config: &AugmentConfig, planes: &mut [f32], random: &mut Random) {
    let grey = random.chance(config.grey);
    let saturation = factor(&config.saturation, random);
    let turn = uniform(&config.hue, random).unwrap_or(0.0);
    let matrix = if grey { saturate(0.0) } else { product(&saturate(saturation), &turned(turn)) };
    if matrix != IDENTITY {
        transform(&matrix, planes);
    }
}

/// Colours of another strength, equally bright.
fn saturate(factor: f32) -> Matrix {
    core::array::from_fn(|row| {
        core::array::from_fn(|column| (1.0 - factor) * LUMA[column] + if row == column { factor } else { 0.0 })
    })
}

/// Colours turned about the axis of greys, where 1 is once around.
fn turned(turn: f32) -> Matrix {
    if turn == 0.0 {
        return IDENTITY;
    }
    let (sin, cos) = (core::f32::consts::TAU * turn).sin_cos();
    let (third, side) = ((1.0 - cos) / 3.0, sin / 3f32.sqrt());
    [
        [cos + third, third - side, third + side],
        [third + side, cos + third, third - side],
        [third - side, third + side, cos + third],
    ]
}
