//! Tensors as JavaScript finds them on the GPU.

use burn_cubecl::tensor::CubeTensor;
use burn_wgpu::AutoCompiler;
use cubecl::wgpu::WgpuServer;
use wasm_bindgen::prelude::*;

use super::result::object;
use crate::error::{Error, Result};

/// The part of a buffer of the browser that a tensor has. The tensor must be kept for as long as JavaScript uses it.
pub(super) struct DeviceBuffer {
    buffer: JsValue,
    /// In bytes.
    offset: u64,
    /// In bytes.
    size: u64,
}

impl DeviceBuffer {
    /// Where a tensor is. All that was asked of the device before, such as what computes the tensor, is with its queue
    /// then, so that what JavaScript submits runs after it.
    ///
    /// # Errors
    /// [`Error::Internal`] where the device is not the browser's.
    pub(super) fn of(tensor: CubeTensor) -> Result<Self> {
        let client = tensor.client.clone();
        let managed = client
            .get_resource::<WgpuServer<AutoCompiler>>(tensor.handle)
            .map_err(|failure| Error::Internal(format!("{failure:?}")))?;
        client.flush().map_err(|failure| Error::Internal(format!("{failure:?}")))?;
        let resource = managed.resource();
        let Some(buffer) = resource.buffer.as_webgpu() else {
            return Err(Error::Internal("the device is none of the browser's".into()));
        };
        Ok(Self { buffer: JsValue::from(buffer.clone()), offset: resource.offset, size: resource.size })
    }

    /// `{ buffer, offset, size }`, and more properties.
    pub(super) fn to_object(&self, more: &[(&str, JsValue)]) -> JsValue {
        let own = [
            ("buffer", self.buffer.clone()),
            ("offset", (self.offset as f64).into()),
            ("size", (self.size as f64).into()),
        ];
        object(&[&own[..], more].concat())
    }
}
