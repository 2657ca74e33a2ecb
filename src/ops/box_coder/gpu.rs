//! One side of a box on the GPU.

use super::MAX_LOG_SCALE;
use cubecl::prelude::*;

/// The middle of a side that goes from `low` to `high`, after it was shifted by so many of its lengths.
#[cube]
pub(in crate::ops) fn centre(low: f32, high: f32, shift: f32) -> f32 {
    let length = high - low;
    shift * length + (low + length * 0.5f32)
}

/// Half the length of a side, after it was scaled.
#[cube]
pub(in crate::ops) fn half(low: f32, high: f32, log_scale: f32) -> f32 {
    f32::exp(f32::min(log_scale, MAX_LOG_SCALE)) * (high - low) * 0.5f32
}
