//! A loaded network.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::call::Call;
use super::device::SharedDevice;
use super::failure::to_js;
use super::options::{CallOptions, LoadOptions, read};
use super::{clock, result};
use crate::error::{Error, Result};
use crate::ops::kernel_family::KernelFamily;
use crate::structures::Size;
use crate::weights::{self, Model, WeightsOptions};

/// A network with its weights on the device, ready for images.
#[wasm_bindgen]
pub struct Engine {
    model: Model,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the device, loads a checkpoint (the bytes of a `.safetensors`, `.pth` or `.pkl`), and has the GPU
    /// compile everything that an image needs. Meanwhile `progress` is called with the number of steps done
    /// and of all steps. What it returns is awaited before loading continues; if that is `false`, loading stops.
    ///
    /// `options` is the JSON text of an object that may have `manifest`, `checkpoint` (`stateDict`, `numClasses`,
    /// `masks`, `channelOrder`, `strideIn1x1`, `batchNormEps`), `settings` (any part of a manifest's), `dtype` and
    /// `gpuKernels`.
    /// Rejects with an `Error` that has a `code`.
    pub async fn load(checkpoint: Vec<u8>, options: String, progress: Function) -> Result<Engine, JsValue> {
        load(checkpoint, &options, &progress).await.map_err(to_js)
    }

    /// Finds the objects in an image. Resolves to an object of typed arrays.
    ///
    /// `samples` is a `Uint8Array`, `Uint16Array` or `Float32Array`. `image` is the JSON text of an object with `width`
    /// and `height`, and for samples that are not RGBA bytes `channels` and perhaps `layout` and `pixelSize`.
    /// `options` is the JSON text of an object that may have `settings` (any part of a manifest's), `tone` (what
    /// [`Engine::tone`] gave for the image that this one is a tile of), `softMasks` (`false`: only binary ones) and
    /// `inspect`, with which the result also has the `stages`, an array of `{ name, shape, data }`, and the size of the
    /// resized image.
    pub async fn segment(&self, samples: JsValue, image: String, options: String) -> Result<JsValue, JsValue> {
        self.detections(&samples, &image, &options).await.map_err(to_js)
    }

    /// The tone of an image, as the JSON text of an object that tells the `channels` that the network sees: for its tiles,
    /// or for all of it where this has some of its parts only. The arguments are as of `segment`.
    pub fn tone(&self, samples: JsValue, image: String, options: String) -> Result<String, JsValue> {
        self.measured_tone(&samples, &image, &options).map_err(to_js)
    }

    /// How long each stage takes on an image, and how much arithmetic it is: an array of `{ stage, milliseconds,
    /// operations }`. The arguments are as of `segment`; of the options it takes the settings.
    pub async fn profile(&self, samples: JsValue, image: String, options: String) -> Result<JsValue, JsValue> {
        self.times(&samples, &image, &options).await.map_err(to_js)
    }

    /// `webgpu` or `cpu`.
    #[wasm_bindgen(getter)]
    pub fn backend(&self) -> String {
        if cfg!(feature = "webgpu") { "webgpu" } else { "cpu" }.into()
    }

    /// `f32` or `f16`.
    #[wasm_bindgen(getter)]
    pub fn dtype(&self) -> String {
        self.model.network.dtype().name().into()
    }

    /// The kernels of the GPU, `portable` or `tiled`; `undefined` on the CPU.
    #[wasm_bindgen(getter, js_name = gpuKernels)]
    pub fn gpu_kernels(&self) -> Option<String> {
        KernelFamily::of(&self.model.network.device()).map(|family| family.name().into())
    }

    /// Number of classes, including the background.
    #[wasm_bindgen(getter, js_name = numClasses)]
    pub fn num_classes(&self) -> usize {
        self.model.network.layout().num_classes
    }

    /// Whether detections have masks.
    #[wasm_bindgen(getter, js_name = hasMasks)]
    pub fn has_masks(&self) -> bool {
        self.model.network.layout().masks
    }

    /// What the network is called, such as `resnet50_fpn`.
    #[wasm_bindgen(getter)]
    pub fn architecture(&self) -> String {
        self.model.network.layout().architecture()
    }

    /// The settings, as the JSON text of an object with a manifest's shape.
    ///
    /// Throws an `Error` with a `code` if they cannot be written, which checked settings can.
    #[wasm_bindgen(getter)]
    pub fn settings(&self) -> Result<String, JsValue> {
        let json = serde_json::to_value(&self.model.settings);
        json.map(|json| json.to_string()).map_err(|error| to_js(Error::Internal(error.to_string())))
    }
}

async fn load(checkpoint: Vec<u8>, options: &str, progress: &Function) -> Result<Engine> {
    let options: LoadOptions = read(options)?;
    let manifest = options.manifest()?;
    let weights = options.weights(manifest.as_ref())?;
    let gpu_kernels = options.gpu_kernels()?;
    let SharedDevice { device, .. } = SharedDevice::open().await?;
    KernelFamily::force(gpu_kernels);
    let weights = WeightsOptions { dtype: options.dtype.on(&device), ..weights };
    let model = weights::load(checkpoint, &weights, &device)?;
    let Model { network, settings } = model.described_by(manifest.as_ref())?;
    let settings = options.settings(settings)?;
    // The CPU has nothing to get ready, and would only take its time.
    if cfg!(feature = "webgpu") {
        network.warm_up(&settings, async |done, total| goes_on(progress, done, total).await).await?;
    }
    Ok(Engine { model: Model { network, settings } })
}

/// Tells `progress` after how many steps of how many loading is, and waits for its answer.
async fn goes_on(progress: &Function, done: usize, total: usize) -> bool {
    let answer = match progress.call2(&JsValue::NULL, &done.into(), &total.into()) {
        Ok(answer) => JsFuture::from(Promise::resolve(&answer)).await,
        Err(thrown) => Err(thrown),
    };
    answer.is_ok_and(|answer| answer.as_bool() != Some(false))
}

impl Engine {
    /// The network with its settings.
    #[cfg(feature = "webgpu")]
    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    async fn detections(&self, samples: &JsValue, image: &str, options: &str) -> Result<JsValue> {
        let Model { network, settings } = &self.model;
        let call = Call::start(options, settings)?;
        let settings = &call.settings;
        let image = super::image::image(samples, image)?;
        let tone = match call.options.tone {
            Some(tone) => tone,
            None => settings.input.tone(&image)?,
        };
        let image = image.with_tone(tone)?;
        let size = Size { height: image.height(), width: image.width() };
        let find = async {
            if call.options.inspect {
                return Ok((network.inspect(&image, settings).await?.into(), tone));
            }
            let found = network.predict(&[image], settings).await?.pop();
            let found = found.ok_or_else(|| Error::Internal("an image has no result".into()))?;
            Ok((found.into(), tone))
        };
        call.answer(find, size).await
    }

    async fn times(&self, samples: &JsValue, image: &str, options: &str) -> Result<JsValue> {
        let options: CallOptions = read(options)?;
        let Model { network, settings } = &self.model;
        let image = super::image::image(samples, image)?;
        let times = network.profile(&image, &options.settings(settings)?, clock::milliseconds).await?;
        Ok(result::times(&times))
    }

    fn measured_tone(&self, samples: &JsValue, image: &str, options: &str) -> Result<String> {
        let options: CallOptions = read(options)?;
        let tone = options.settings(&self.model.settings)?.input.tone(&super::image::image(samples, image)?)?;
        serde_json::to_string(&tone).map_err(|error| Error::Internal(error.to_string()))
    }
}
