//! Where a network is trained.

use burn::tensor::Device;
use clap::ValueEnum;
use maskrcnn_web::{Error, Result};

use crate::backend::Choice;

/// Where a network can be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Backend {
    /// The CPU, on all cores.
    Flex,
    /// A GPU, through Vulkan, Metal or DirectX 12.
    Wgpu,
    /// NVIDIA's GPUs.
    Cuda,
}

impl Backend {
    /// Opens the device.
    ///
    /// # Errors
    /// `webgpu-unavailable` or `invalid-input` where there is no such device, or the program was built
    /// without it.
    pub(super) fn open(self) -> Result<Device> {
        match self {
            Backend::Flex => Ok(Choice::Cpu.open()?.device),
            Backend::Wgpu => Ok(Choice::Wgpu.open()?.device),
            Backend::Cuda => cuda(),
        }
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<Device> {
    let device = Device::enumerate(burn::tensor::DeviceType::Cuda).into_iter().next();
    device.ok_or_else(|| Error::InvalidInput("there is no CUDA device; is NVIDIA's driver installed?".into()))
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<Device> {
    Err(Error::InvalidInput("this program was built without CUDA; build it with `--features cuda`".into()))
}
