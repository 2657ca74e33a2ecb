//! The devices that tests run on.

use burn::tensor::{Device, DeviceType};
use maskrcnn_web::model::Dtype;
use maskrcnn_web::ops::kernel_family::KernelFamily;

/// The CPU and, where there is a driver, the first wgpu device, in the kernels that `MASKRCNN_GPU` names.
pub(crate) fn devices() -> Vec<Device> {
    KernelFamily::force_by_environment().expect("MASKRCNN_GPU names a family of kernels");
    let wgpu = Device::enumerate(DeviceType::Wgpu).into_iter().next();
    if wgpu.is_none() {
        eprintln!("no wgpu device on this machine: only the CPU backend is tested");
    }
    std::iter::once(Device::flex()).chain(wgpu).collect()
}

/// The first wgpu device, where it has half precision.
#[allow(dead_code, reason = "not every test program asks for it")]
pub(crate) fn device_with_f16() -> Option<Device> {
    let device = devices().into_iter().find(|device| Dtype::F16.on(device) == Dtype::F16);
    if device.is_none() {
        eprintln!("no wgpu device with half precision on this machine: it is not tested");
    }
    device
}
