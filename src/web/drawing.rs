//! Detections that JavaScript draws on the GPU, where they stay.

use burn_wgpu::Wgpu;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::call::Call;
use super::device::SharedDevice;
use super::device_buffer::DeviceBuffer;
use super::engine::Engine;
use super::failure::to_js;
use super::frame::CopiedImage;
use super::result::object;
use crate::error::{Error, Result};
use crate::inference::{PackedDetections, counting_read_backs};
use crate::weights::Model;

#[wasm_bindgen]
impl Engine {
    /// The browser's device that the network is on.
    #[wasm_bindgen(getter)]
    pub fn device(&self) -> JsValue {
        let shared = SharedDevice::opened();
        let device = shared.as_ref().and_then(|shared| shared.gpu.as_webgpu());
        device.map_or(JsValue::UNDEFINED, |device| JsValue::from(device.clone()))
    }

    /// As `segmentCopied`, but what is found is not read back: `draw` is called with where it is on the GPU, and submits
    /// what it makes of it before it returns. What it throws is thrown.
    ///
    /// `draw` gets `{ width, height, pixels, detections }`. `pixels` is `{ buffer, offset, size, bytesPerRow }`, the
    /// image's 8-bit RGBA. `detections` is `{ buffer, offset, size, count, maskSize, aligned }`: `count` rows of floats,
    /// best score first, each with x1, y1, x2, y2 in pixels of the image, which the box may reach over, the score, the
    /// class's number and `maskSize²` probabilities over the box; a negative score means that the row is empty.
    ///
    /// Resolves to `{ readBacks, milliseconds }`; to `undefined`, without a call, where the image is too large.
    #[wasm_bindgen(js_name = drawCopied)]
    pub async fn draw_copied(
        &self,
        copy: Function,
        draw: Function,
        image: String,
        options: String,
    ) -> Result<JsValue, JsValue> {
        let Model { network, settings } = self.model();
        let call = Call::start(&options, settings).map_err(to_js)?;
        let Some(copied) = CopiedImage::take(&copy, &image)? else { return Ok(JsValue::UNDEFINED) };
        let find = async {
            let (image, _) = copied.in_tone(&call).await?;
            network.pack_on_device(&image, &call.settings).await
        };
        let (packed, read_backs) = counting_read_backs(find).await;
        // Both stay until the drawing is submitted, and so does the memory that it reads.
        let packed = packed.map_err(to_js)?;
        draw.call1(&JsValue::NULL, &drawn(&copied, &packed).map_err(to_js)?)?;
        Ok(object(&[("readBacks", read_backs.into()), ("milliseconds", call.milliseconds().into())]))
    }
}

/// What is to be drawn, as JavaScript gets it.
fn drawn(copied: &CopiedImage, packed: &PackedDetections) -> Result<JsValue> {
    let &PackedDetections { ref values, count, mask_size, aligned } = packed;
    let primitive = values.clone().try_into_primitive::<Wgpu>();
    let rows = DeviceBuffer::of(primitive.map_err(|failure| Error::Internal(format!("{failure:?}")))?)?;
    let rows = rows.to_object(&[
        ("count", count.into()),
        ("maskSize", mask_size.unwrap_or(0).into()),
        ("aligned", aligned.into()),
    ]);
    let pixels = copied.buffer()?.to_object(&[("bytesPerRow", copied.bytes_per_row().into())]);
    let (width, height) = (copied.size.width.into(), copied.size.height.into());
    Ok(object(&[("width", width), ("height", height), ("pixels", pixels), ("detections", rows)]))
}
