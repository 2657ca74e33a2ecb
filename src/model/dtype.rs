//! With how many bits the network computes.

use burn::tensor::Device;
use serde::Deserialize;

/// What the weights and features of a network are on its device.
///
/// Sums are of single precision with either, and so is all that becomes of the predictors' outputs:
/// anchors, boxes, scores, suppression and masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// Single precision, torchvision's.
    #[default]
    F32,
    /// Half precision, 11 significant bits and at most 65504: weights and features are half as large, in
    /// the GPU's memory and on their way from it and back.
    F16,
}

impl Dtype {
    /// What `device` does when this is asked for: half precision only where a GPU has it (`shader-f16`
    /// in WebGPU), for numbers that a GPU does not have become zeros without a word.
    pub fn on(self, device: &Device) -> Self {
        if self == Dtype::F16 && has_f16(device) { Dtype::F16 } else { Dtype::F32 }
    }

    /// `f32` or `f16`.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "f32",
            Dtype::F16 => "f16",
        }
    }
}

#[cfg(feature = "webgpu")]
fn has_f16(device: &Device) -> bool {
    use burn::backend::DispatchDevice;
    use burn::tensor::DType;
    matches!(device.as_dispatch(), DispatchDevice::Cube(_)) && device.supports_dtype(DType::F16)
}

/// The CPU's kernels are for single precision.
#[cfg(not(feature = "webgpu"))]
fn has_f16(_: &Device) -> bool {
    false
}
