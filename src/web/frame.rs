//! Images that JavaScript copies on the GPU, so that their pixels are never in memory.

use burn::tensor::{DType, Int, Tensor};
use burn_wgpu::Wgpu;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::call::Call;
use super::device::SharedDevice;
use super::device_buffer::DeviceBuffer;
use super::engine::Engine;
use super::failure::to_js;
use super::options::{ImageOptions, read};
use crate::error::{Error, Result};
use crate::image::Tone;
use crate::ops::resize::DeviceImage;
use crate::structures::Size;
use crate::weights::Model;

#[wasm_bindgen]
impl Engine {
    /// As `segment`, of an image whose pixels `copy` puts on the GPU: it is called with
    /// `{ device, buffer, offset, size, bytesPerRow }`, a buffer of this device that takes 8-bit RGBA from that offset on,
    /// and submits the copy before it returns. What it throws is thrown.
    ///
    /// Resolves to `undefined`, without a call, where the image is too large to be one texture or one buffer: its pixels
    /// are needed in memory then. `image` has `width` and `height` only.
    #[wasm_bindgen(js_name = segmentCopied)]
    pub async fn segment_copied(&self, copy: Function, image: String, options: String) -> Result<JsValue, JsValue> {
        let Model { network, settings } = self.model();
        let call = Call::start(&options, settings).map_err(to_js)?;
        let Some(copied) = CopiedImage::take(&copy, &image)? else { return Ok(JsValue::UNDEFINED) };
        let find = async {
            let settings = &call.settings;
            let (image, tone) = copied.in_tone(&call).await?;
            if call.options.inspect {
                return Ok((network.inspect_on_device(&image, settings).await?.into(), tone));
            }
            Ok((network.predict_on_device(&image, settings).await?.into(), tone))
        };
        call.answer(find, copied.size).await.map_err(to_js)
    }
}

/// An image whose pixels were copied on the GPU.
pub(super) struct CopiedImage {
    pub(super) size: Size,
    /// The pixels, as [`DeviceImage`] has them.
    pub(super) words: Tensor<1, Int>,
}

impl CopiedImage {
    /// The pixels that `copy` puts into a new tensor; `None` where the image is too large. `image` is the JSON text of an
    /// object with `width` and `height`.
    ///
    /// # Errors
    /// What `copy` throws; [`Error::InvalidInput`] for an image without pixels.
    pub(super) fn take(copy: &Function, image: &str) -> Result<Option<Self>, JsValue> {
        let size = read::<ImageOptions>(image).and_then(|image| image.size()).map_err(to_js)?;
        let shared = SharedDevice::opened().ok_or_else(|| to_js(Error::Internal("no device is open".into())))?;
        let max_side = shared.gpu.limits().max_texture_dimension_2d as usize;
        if !DeviceImage::fits(size) || size.width.max(size.height) > max_side {
            return Ok(None);
        }
        let row_words = DeviceImage::row_words(size.width);
        let words = Tensor::<1, Int>::empty([row_words * size.height], (&shared.device, DType::I32));
        let copied = Self { size, words };
        // Whatever used this memory before is with the queue by then, so that the copy runs after it.
        let buffer = copied.buffer().map_err(to_js)?;
        let device = shared.gpu.as_webgpu();
        let device = device.ok_or_else(|| to_js(Error::Internal("the device is none of the browser's".into())))?;
        let target = buffer
            .to_object(&[("device", JsValue::from(device.clone())), ("bytesPerRow", copied.bytes_per_row().into())]);
        copy.call1(&JsValue::NULL, &target)?;
        Ok(Some(copied))
    }

    /// Where the pixels are.
    ///
    /// # Errors
    /// Those of [`DeviceBuffer::of`].
    pub(super) fn buffer(&self) -> Result<DeviceBuffer> {
        let primitive = self.words.clone().try_into_primitive::<Wgpu>();
        DeviceBuffer::of(primitive.map_err(|failure| Error::Internal(format!("{failure:?}")))?)
    }

    /// Bytes from the start of one row to that of the next.
    pub(super) fn bytes_per_row(&self) -> usize {
        4 * DeviceImage::row_words(self.size.width)
    }

    /// The image as a call has the network see it, and the tone.
    ///
    /// # Errors
    /// Those of [`InputSettings::tone_on_device`](crate::config::InputSettings::tone_on_device) and [`DeviceImage::new`].
    pub(super) async fn in_tone(&self, call: &Call) -> Result<(DeviceImage, Tone)> {
        let tone = match call.options.tone {
            Some(tone) => tone,
            None => call.settings.input.tone_on_device(self.words.clone(), self.size).await?,
        };
        Ok((DeviceImage::new(self.words.clone(), self.size, tone)?, tone))
    }
}
