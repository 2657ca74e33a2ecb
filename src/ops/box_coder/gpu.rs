//! One side of a box on the GPU, and the limits of boxes.

use crate::ops::anchor_boxes::BoxLimits;
use crate::ops::box_coder::MAX_LOG_SCALE;
use cubecl::prelude::*;

/// The centre of a side from `low` to `high` after it was shifted by `shift` times its length.
#[cube]
pub(in crate::ops) fn centre(low: f32, high: f32, shift: f32) -> f32 {
    let length = high - low;
    shift * length + (low + length * 0.5f32)
}

/// Half the length of a side from `low` to `high` after it was scaled.
#[cube]
pub(in crate::ops) fn half(low: f32, high: f32, log_scale: f32) -> f32 {
    f32::exp(f32::min(log_scale, MAX_LOG_SCALE)) * (high - low) * 0.5f32
}

/// [`BoxLimits`] as kernels take them.
#[derive(CubeType, CubeLaunch)]
pub(in crate::ops) struct Limits {
    pub(in crate::ops) height: f32,
    pub(in crate::ops) width: f32,
    pub(in crate::ops) min_size: f32,
}

impl Limits {
    pub(in crate::ops) fn launch(limits: BoxLimits) -> LimitsLaunch {
        LimitsLaunch::new(limits.image.height as f32, limits.image.width as f32, limits.min_size)
    }
}
