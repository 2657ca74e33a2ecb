//! The devices that tests run on.

use burn::tensor::{Device, DeviceType};

/// The CPU and, where there is a driver, the first wgpu device.
pub(crate) fn devices() -> Vec<Device> {
    let wgpu = Device::enumerate(DeviceType::Wgpu).into_iter().next();
    if wgpu.is_none() {
        eprintln!("no wgpu device on this machine: only the CPU backend is tested");
    }
    std::iter::once(Device::flex()).chain(wgpu).collect()
}
