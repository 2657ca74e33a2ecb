//! Where the network runs: on the CPU, or on a GPU through wgpu or CUDA.

use burn::tensor::Device;
use clap::ValueEnum;
use maskrcnn_web::ops::kernel_family::KernelFamily;
use maskrcnn_web::{Error, Result};

use crate::library_output;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// A GPU where there is one, else the CPU.
    Auto,
    /// The CPU, on all cores.
    Cpu,
    /// The GPU; a software adapter will do, slowly.
    Wgpu,
    /// NVIDIA's GPUs, in a program built with `--features cuda`.
    Cuda,
}

/// What was opened.
#[derive(Debug, Clone)]
pub(crate) struct Backend {
    pub(crate) device: Device,
    /// `cpu`, `wgpu` or `cuda`.
    pub(crate) name: &'static str,
}

impl Backend {
    /// What the device calls itself; the CPU is `CPU`.
    pub(crate) fn device_name(&self) -> String {
        device_name(&self.device).unwrap_or_else(|| "CPU".into())
    }

    /// The kernels that suit the device, whatever was forced; `None` on the CPU.
    pub(crate) fn suiting_kernels(&self) -> Option<KernelFamily> {
        KernelFamily::suiting(&self.device)
    }

    /// `portable` or `tiled`, the kernels of a GPU ([`KernelFamily`]); `None` on the CPU.
    pub(crate) fn kernels(&self) -> Option<&'static str> {
        KernelFamily::of(&self.device).map(KernelFamily::name)
    }
}

impl Choice {
    /// Opens the device.
    ///
    /// # Errors
    /// `webgpu-unavailable` where wgpu was asked for and no adapter opens; `invalid-input` where CUDA
    /// was and there is no such device, or the program was built without it, and where `MASKRCNN_GPU` names no kernels.
    pub(crate) fn open(self) -> Result<Backend> {
        KernelFamily::force_by_environment()?;
        library_output::withhold(|| self.open_device())
    }

    fn open_device(self) -> Result<Backend> {
        match self {
            Choice::Wgpu => wgpu::open(),
            Choice::Cuda => Ok(Backend { device: cuda()?, name: "cuda" }),
            Choice::Auto if wgpu::has_gpu() => wgpu::open(),
            Choice::Auto | Choice::Cpu => Ok(Backend { device: Device::flex(), name: "cpu" }),
        }
    }
}

use wgpu::device_name;

#[cfg(feature = "webgpu")]
mod wgpu {
    use burn::backend::DispatchDevice;
    use burn::tensor::Device;
    use cubecl::device::WgpuDeviceKind;
    use maskrcnn_web::{Error, Result};

    use super::Backend;

    /// Whether there is a hardware adapter, not only a software one (lavapipe, SwiftShader, WARP).
    pub(super) fn has_gpu() -> bool {
        let is_gpu = |device: &cubecl::Device| match device {
            cubecl::Device::Wgpu(device) => device.kind != WgpuDeviceKind::Cpu,
            _ => false,
        };
        cubecl::Device::enumerate_all().iter().any(is_gpu)
    }

    pub(super) fn device_name(device: &Device) -> Option<String> {
        match device.as_dispatch() {
            DispatchDevice::Cube(device) => Some(device.client().properties().identity.name.clone()),
            _ => None,
        }
    }

    pub(super) fn open() -> Result<Backend> {
        let device = Device::wgpu_options().init().map_err(|error| Error::WebGpuUnavailable(error.to_string()))?;
        Ok(Backend { device, name: "wgpu" })
    }
}

#[cfg(not(feature = "webgpu"))]
mod wgpu {
    use burn::tensor::Device;
    use maskrcnn_web::{Error, Result};

    use super::Backend;

    pub(super) fn device_name(_: &Device) -> Option<String> {
        None
    }

    pub(super) fn has_gpu() -> bool {
        false
    }

    pub(super) fn open() -> Result<Backend> {
        Err(Error::WebGpuUnavailable("this program was built without the feature `webgpu`".into()))
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<Device> {
    let device = Device::enumerate(burn::tensor::DeviceType::Cuda).into_iter().next();
    device.ok_or_else(|| Error::InvalidInput("there is no CUDA device; is NVIDIA's driver installed?".into()))
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<Device> {
    let reason = "this program was built without CUDA; build it with `--features cuda`";
    Err(Error::InvalidInput(reason.into()))
}
