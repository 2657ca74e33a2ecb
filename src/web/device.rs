//! The device of an instance, which all of its engines share.

use std::cell::RefCell;

use burn::tensor::Device;

use crate::error::Result;

thread_local! {
    static SHARED: RefCell<Option<SharedDevice>> = const { RefCell::new(None) };
}

/// The device of all engines of an instance.
#[derive(Clone)]
pub(super) struct SharedDevice {
    /// As burn has it.
    pub(super) device: Device,
    /// As the browser has it.
    #[cfg(feature = "webgpu")]
    pub(super) gpu: burn_wgpu::wgpu::Device,
}

impl SharedDevice {
    /// The device, which is opened at the first call.
    ///
    /// # Errors
    /// [`Error::WebGpuUnavailable`](crate::Error::WebGpuUnavailable) where there is none.
    pub(super) async fn open() -> Result<Self> {
        if let Some(shared) = Self::opened() {
            return Ok(shared);
        }
        let shared = Self::new().await?;
        SHARED.with(|slot| *slot.borrow_mut() = Some(shared.clone()));
        Ok(shared)
    }

    /// The device, where it is open.
    pub(super) fn opened() -> Option<Self> {
        SHARED.with(|shared| shared.borrow().clone())
    }

    #[cfg(feature = "webgpu")]
    async fn new() -> Result<Self> {
        let opened = Device::wgpu_options().init_with_setup_async().await;
        let (device, setup) = opened.map_err(|failure| crate::Error::WebGpuUnavailable(format!("{failure:?}")))?;
        Ok(Self { device, gpu: setup.device })
    }

    #[cfg(not(feature = "webgpu"))]
    async fn new() -> Result<Self> {
        Ok(Self { device: Device::flex() })
    }
}
