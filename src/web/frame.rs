//! Images that JavaScript copies on the GPU, so that their pixels are never in memory.

use burn::tensor::{DType, Int, Tensor};
use burn_wgpu::{AutoCompiler, Wgpu};
use cubecl::wgpu::WgpuServer;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::call::Call;
use super::device::SharedDevice;
use super::engine::Engine;
use super::failure::to_js;
use super::options::{ImageOptions, read};
use super::result::object;
use crate::error::{Error, Result};
use crate::ops::resize::DeviceImage;
use crate::structures::Size;
use crate::weights::Model;

#[wasm_bindgen]
impl Engine {
    /// As `segment`, of an image whose pixels `copy` puts on the GPU: it is called with
    /// `{ device, buffer, offset, bytesPerRow }`, a buffer of this device that takes 8-bit RGBA from that offset on, and
    /// submits the copy before it returns. What it throws is thrown.
    ///
    /// Resolves to `undefined`, without a call, where the image is too large to be one texture or one buffer: its pixels
    /// are needed in memory then. `image` has `width` and `height` only.
    #[wasm_bindgen(js_name = segmentCopied)]
    pub async fn segment_copied(&self, copy: Function, image: String, options: String) -> Result<JsValue, JsValue> {
        let Model { network, settings } = self.model();
        let call = Call::start(&options, settings).map_err(to_js)?;
        let size = read::<ImageOptions>(&image).and_then(|image| image.size()).map_err(to_js)?;
        let shared = SharedDevice::opened().ok_or_else(|| to_js(Error::Internal("no device is open".into())))?;
        let max_side = shared.gpu.limits().max_texture_dimension_2d as usize;
        if !DeviceImage::fits(size) || size.width.max(size.height) > max_side {
            return Ok(JsValue::UNDEFINED);
        }
        let words = copied(&shared, size, &copy)?;
        let find = async {
            let settings = &call.settings;
            let tone = match call.options.tone {
                Some(tone) => tone,
                None => settings.input.tone_on_device(words.clone(), size).await?,
            };
            let image = DeviceImage::new(words, size, tone)?;
            if call.options.inspect {
                return Ok((network.inspect_on_device(&image, settings).await?.into(), tone));
            }
            Ok((network.predict_on_device(&image, settings).await?.into(), tone))
        };
        call.answer(find, size).await.map_err(to_js)
    }
}

/// The pixels that `copy` puts into a new tensor, as [`DeviceImage`] has them.
fn copied(shared: &SharedDevice, size: Size, copy: &Function) -> Result<Tensor<1, Int>, JsValue> {
    let row_words = DeviceImage::row_words(size.width);
    let words = Tensor::<1, Int>::empty([row_words * size.height], (&shared.device, DType::I32));
    let internal = |what: String| to_js(Error::Internal(what));
    let primitive = words.clone().try_into_primitive::<Wgpu>().map_err(|failure| internal(format!("{failure:?}")))?;
    let client = primitive.client.clone();
    let resource = client
        .get_resource::<WgpuServer<AutoCompiler>>(primitive.handle)
        .map_err(|failure| internal(format!("{failure:?}")))?;
    // Whatever used this memory before is with the queue by then, so that the copy runs after it.
    client.flush().map_err(|failure| internal(format!("{failure:?}")))?;
    let buffer = resource.resource().buffer.as_webgpu();
    let (Some(buffer), Some(device)) = (buffer, shared.gpu.as_webgpu()) else {
        return Err(internal("the device is none of the browser's".into()));
    };
    let target = object(&[
        ("device", JsValue::from(device.clone())),
        ("buffer", JsValue::from(buffer.clone())),
        ("offset", (resource.resource().offset as f64).into()),
        ("bytesPerRow", (4 * row_words).into()),
    ]);
    copy.call1(&JsValue::NULL, &target)?;
    Ok(words)
}
