//! A checkpoint made into a model's folder.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::failure::to_js;
use super::options::{checkpoint_options, text, value};
use super::result::object;
use crate::error::{Error, Result};
use crate::weights::{self, Precision};

/// Makes a model's folder of a checkpoint (the bytes of a `.safetensors`, `.pth` or `.pkl`): an object with the text
/// of its `manifest` and, in the bytes of `weights`, the file that this names.
///
/// `options` may have `precision` (`f16`, `f32` or `int8`), `name`, `labels`, `licence`, `stateDict`, `channelOrder`,
/// `strideIn1x1` and `batchNormEps`. Throws an `Error` that has a `code`.
#[wasm_bindgen]
pub fn convert(checkpoint: Vec<u8>, options: &JsValue) -> Result<JsValue, JsValue> {
    folder(checkpoint, options).map_err(to_js)
}

fn folder(checkpoint: Vec<u8>, options: &JsValue) -> Result<JsValue> {
    let name = text(options, "name")?.unwrap_or_else(|| "model".into());
    let read = checkpoint_options(options)?;
    let mut converted = weights::convert(checkpoint, precision(options)?, &name, labels(options)?, &read)?;
    converted.manifest.licence = text(options, "licence")?.unwrap_or_default();
    let manifest = String::from_utf8_lossy(&converted.manifest.to_json()?).into_owned();
    let weights = Uint8Array::from(converted.weights.as_slice());
    Ok(object(&[("manifest", manifest.into()), ("weights", weights.into())]))
}

fn precision(options: &JsValue) -> Result<Precision> {
    match text(options, "precision")?.as_deref() {
        None | Some("f16") => Ok(Precision::F16),
        Some("f32") => Ok(Precision::F32),
        Some("int8") => Ok(Precision::Int8),
        _ => Err(Error::InvalidInput("precision must be 'f32', 'f16' or 'int8'".into())),
    }
}

fn labels(options: &JsValue) -> Result<Option<Vec<String>>> {
    let Some(labels) = value(options, "labels")? else { return Ok(None) };
    let wrong = || Error::InvalidInput("labels must be an array of texts".into());
    let names = labels.dyn_ref::<Array>().ok_or_else(wrong)?.iter().map(|name| name.as_string());
    names.collect::<Option<_>>().ok_or_else(wrong).map(Some)
}
