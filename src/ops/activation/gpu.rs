//! [`Activation`] on the GPU.

use crate::ops::activation::Activation;
use cubecl::prelude::*;

/// A value after the activation.
#[cube]
pub(in crate::ops) fn activate(value: f32, #[comptime] activation: Activation) -> f32 {
    match comptime!(activation) {
        Activation::None => value,
        Activation::Relu => f32::max(value, 0.0f32),
        Activation::Relu6 => clamp(value, 0.0f32, 6.0f32),
    }
}
