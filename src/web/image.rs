//! Images from JavaScript.

use js_sys::{Float32Array, Uint8Array, Uint16Array};
use wasm_bindgen::prelude::*;

use super::options::{ImageOptions, read};
use crate::error::{Error, Result};
use crate::image::{Image, Samples};

/// The image with these samples, of which `options` say what they are.
///
/// # Errors
/// [`Error::InvalidInput`] for samples that are not a typed array of a known kind, and those of [`Image::new`].
pub(super) fn image(samples: &JsValue, options: &str) -> Result<Image> {
    let options: ImageOptions = read(options)?;
    let samples = if let Some(samples) = samples.dyn_ref::<Uint8Array>() {
        Samples::U8(samples.to_vec())
    } else if let Some(samples) = samples.dyn_ref::<Uint16Array>() {
        Samples::U16(samples.to_vec())
    } else if let Some(samples) = samples.dyn_ref::<Float32Array>() {
        Samples::F32(samples.to_vec())
    } else {
        return Err(Error::InvalidInput("the samples must be a Uint8Array, Uint16Array or Float32Array".into()));
    };
    options.image(samples)
}
