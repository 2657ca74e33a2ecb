//! Where a network is trained.

use burn::tensor::Device;
use clap::ValueEnum;
use maskrcnn_web::Result;

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
        let choice = match self {
            Backend::Flex => Choice::Cpu,
            Backend::Wgpu => Choice::Wgpu,
            Backend::Cuda => Choice::Cuda,
        };
        Ok(choice.open()?.device)
    }
}
