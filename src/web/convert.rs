//! A checkpoint made into a model's folder.

use js_sys::Uint8Array;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::failure::to_js;
use super::options::{CheckpointOptions, read};
use super::result::object;
use crate::error::Result;
use crate::weights::{self, Precision};

/// How a checkpoint is made into a model's folder.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct FolderOptions {
    checkpoint: CheckpointOptions,
    precision: Option<Precision>,
    name: Option<String>,
    labels: Option<Vec<String>>,
    licence: Option<String>,
}

/// Makes a model's folder of a checkpoint (the bytes of a `.safetensors`, `.pth` or `.pkl`): an object with the text
/// of its `manifest` and, in the bytes of `weights`, the file that this names.
///
/// `options` is the JSON text of an object that may have `precision` (`f16`, `f32` or `int8`), `name`, `labels`,
/// `licence` and `checkpoint`, as for `Engine.load`. Throws an `Error` that has a `code`.
#[wasm_bindgen]
pub fn convert(checkpoint: Vec<u8>, options: &str) -> Result<JsValue, JsValue> {
    folder(checkpoint, options).map_err(to_js)
}

fn folder(checkpoint: Vec<u8>, options: &str) -> Result<JsValue> {
    let options: FolderOptions = read(options)?;
    let weights = options.checkpoint.weights()?;
    let name = options.name.as_deref().unwrap_or("model");
    let precision = options.precision.unwrap_or(Precision::F16);
    let mut converted = weights::convert(checkpoint, precision, name, options.labels, &weights)?;
    converted.manifest.licence = options.licence.unwrap_or_default();
    let manifest = String::from_utf8_lossy(&converted.manifest.to_json()?).into_owned();
    let weights = Uint8Array::from(converted.weights.as_slice());
    Ok(object(&[("manifest", manifest.into()), ("weights", weights.into())]))
}
