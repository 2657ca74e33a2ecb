//! With how many bits the network computes.

use burn::tensor::Device;
use serde::Deserialize;

use crate::ops::kernel_family::KernelFamily;

/// What is asked of a device: a precision, or the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum DtypeChoice {
    /// Half precision on GPUs that have it, single precision on the CPU and software adapters.
    Auto,
    /// Single precision, torchvision's.
    #[default]
    F32,
    /// Half precision, 11 significant bits and at most 65504: weights and features are half as large, in
    /// the GPU's memory and on their way from it and back. Only on GPUs that have it; elsewhere it is f32.
    F16,
}

impl DtypeChoice {
    /// What `device` computes with.
    ///
    /// [`Auto`](Self::Auto) is half precision where the device has it and runs [`KernelFamily::Tiled`], for then it is
    /// no slower by what vendors say: these kernels multiply in half precision, which GPUs that have it do at the rate of
    /// single precision or more, and load half as many bytes. [`KernelFamily::Portable`] multiplies in single precision
    /// in any case. It is as accurate: `docs/performance.md` has the scores of both. More than this, such as the rates
    /// themselves, a browser does not tell, and measuring them would hold up each loading.
    pub fn on(self, device: &Device) -> Dtype {
        match self {
            Self::Auto if KernelFamily::of(device) == Some(KernelFamily::Tiled) => Dtype::F16.on(device),
            Self::Auto | Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16.on(device),
        }
    }
}

/// What the weights and features of a network are on its device.
///
/// Sums are of single precision with either, but for those of 16 products at a time in [`KernelFamily::Tiled`], and so is
/// all that becomes of the predictors' outputs: anchors, boxes, scores, suppression and masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
