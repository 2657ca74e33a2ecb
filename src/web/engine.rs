//! A loaded network.

use std::cell::RefCell;

use burn::tensor::Device;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::failure::to_js;
use super::options::{LoadOptions, predict_options};
use super::{clock, result};
use crate::error::Result;
use crate::inference::read_backs;
use crate::model::MaskRcnn;
use crate::structures::{Detections, Image};
use crate::weights;

thread_local! {
    /// All engines of an instance share one device.
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
}

#[cfg(feature = "webgpu")]
async fn open_device() -> Result<Device> {
    Device::wgpu_options().init_async().await.map_err(|failure| crate::Error::WebGpuUnavailable(format!("{failure:?}")))
}

#[cfg(not(feature = "webgpu"))]
async fn open_device() -> Result<Device> {
    Ok(Device::flex())
}

async fn device() -> Result<Device> {
    if let Some(device) = DEVICE.with(|device| device.borrow().clone()) {
        return Ok(device);
    }
    let device = open_device().await?;
    DEVICE.with(|slot| *slot.borrow_mut() = Some(device.clone()));
    Ok(device)
}

/// A network with its weights on the device, ready for pictures.
#[wasm_bindgen]
pub struct Engine {
    network: MaskRcnn,
    preset: String,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the device, loads a checkpoint (the bytes of a `.safetensors` or `.pth`), and has the GPU
    /// compile all that a picture needs. Meanwhile `progress` is called with how many of how many steps of
    /// that are done. What it returns is awaited before loading goes on; where that is `false`, loading stops.
    ///
    /// `options` may have `numClasses`, `masks`, `minSize`, `maxSize`, `minScale`, `contrast`,
    /// `mean`, `std`, `anchorSizes`, `aspectRatios`, `preNmsTopN`, `postNmsTopN`, `pooling`, `scoreThreshold`,
    /// `nmsThreshold`, `maxDetections`, `arithmetic`, `stateDict`, `channelOrder`, `strideIn1x1` and `batchNormEps`.
    /// Rejects with an `Error` that has a `code`.
    pub async fn load(checkpoint: Vec<u8>, options: JsValue, progress: Function) -> Result<Engine, JsValue> {
        load(checkpoint, &options, &progress).await.map_err(to_js)
    }

    /// Finds the objects on a picture of RGBA bytes. Resolves to an object of typed arrays.
    pub async fn segment(
        &self,
        rgba: Vec<u8>,
        width: usize,
        height: usize,
        options: JsValue,
    ) -> Result<JsValue, JsValue> {
        self.detections(rgba, width, height, &options).await.map_err(to_js)
    }

    /// Every intermediate stage of a picture: an array of `{ name, shape, data }`.
    pub async fn inspect(&self, rgba: Vec<u8>, width: usize, height: usize) -> Result<JsValue, JsValue> {
        let image = Image::from_rgba(width, height, rgba).map_err(to_js)?;
        let stages = self.network.inspect(&image).await.map_err(to_js)?;
        Ok(result::stages(&stages))
    }

    /// How long each stage takes on a picture: an array of `{ stage, milliseconds }`.
    pub async fn profile(&self, rgba: Vec<u8>, width: usize, height: usize) -> Result<JsValue, JsValue> {
        let image = Image::from_rgba(width, height, rgba).map_err(to_js)?;
        let times = self.network.profile(&image, clock::milliseconds).await.map_err(to_js)?;
        Ok(result::times(&times))
    }

    /// `webgpu` or `cpu`.
    #[wasm_bindgen(getter)]
    pub fn backend(&self) -> String {
        if cfg!(feature = "webgpu") { "webgpu" } else { "cpu" }.into()
    }

    /// `f32` or `f16`.
    #[wasm_bindgen(getter)]
    pub fn arithmetic(&self) -> String {
        self.network.arithmetic().name().into()
    }

    /// Number of classes, the background included.
    #[wasm_bindgen(getter, js_name = numClasses)]
    pub fn num_classes(&self) -> usize {
        self.network.config().num_classes
    }

    /// Whether detections have masks.
    #[wasm_bindgen(getter, js_name = hasMasks)]
    pub fn has_masks(&self) -> bool {
        self.network.config().masks
    }

    /// What network it is, such as `resnet50_fpn`.
    #[wasm_bindgen(getter)]
    pub fn preset(&self) -> String {
        self.preset.clone()
    }
}

async fn load(checkpoint: Vec<u8>, options: &JsValue, progress: &Function) -> Result<Engine> {
    let options = LoadOptions::read(options)?;
    let device = device().await?;
    let mut network = weights::load(checkpoint, &options.weights, &device)?;
    options.apply(network.config_mut());
    // The CPU has nothing to get ready, and would only take its time.
    if cfg!(feature = "webgpu") {
        network.warm_up(async |done, total| goes_on(progress, done, total).await).await?;
    }
    let preset = weights::preset(network.config());
    Ok(Engine { network, preset })
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
    async fn detections(&self, rgba: Vec<u8>, width: usize, height: usize, options: &JsValue) -> Result<JsValue> {
        let (started, before) = (clock::milliseconds(), read_backs());
        let options = predict_options(options)?;
        let image = Image::from_rgba(width, height, rgba)?;
        let mut pictures = self.network.predict(&[image], &options).await?;
        let read_backs = read_backs() - before;
        let found = pictures.pop().unwrap_or(Detections { width, height, items: Vec::new() });
        result::detections(&found, read_backs, clock::milliseconds() - started)
    }
}
