//! Objects that were found, in the hands of JavaScript.

use js_sys::{Float32Array, Int32Array, Reflect, Uint32Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::failure::to_js;
use super::options::read;
use crate::error::{Error, Result};
use crate::measure::{Intensities, Measures};
use crate::structures::{BoundingBox, MaskCrops, MaskRect, Objects};

/// The objects of one image.
#[wasm_bindgen]
pub struct ObjectSet {
    pub(super) objects: Objects,
    pub(super) information: Information,
    pub(super) intensities: Option<Intensities>,
    /// Of the last measurement; made when first needed.
    pub(super) measures: Option<Measures>,
}

/// What is known of the objects and their image besides.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Information {
    /// Names of the classes, the background first.
    pub(super) labels: Vec<String>,
    /// Micrometres.
    pub(super) pixel_size: Option<f64>,
    pub(super) channel_names: Vec<String>,
    /// The image's file.
    pub(super) file_name: String,
}

#[wasm_bindgen]
impl ObjectSet {
    /// Takes an object of typed arrays, best score first: `width` and `height` in pixels of the image; `boxes`, a
    /// `Float32Array` of `[n × 4]`: x1, y1, x2, y2; `scores`, a `Float32Array`; `classIds`, a `Uint32Array`; and, where
    /// there are masks, `rects`, an `Int32Array` of `[n × 4]`: x, y, width, height; `runs`, a `Uint32Array` of the
    /// lengths of all masks' runs, row by row within their rectangles, zeros first; `runEnds`, a `Uint32Array` of where
    /// each mask's runs end.
    ///
    /// `information` is the JSON text of an object that may have `labels` (names of the classes, the background first),
    /// `pixelSize` (micrometres), `channelNames` and `fileName`.
    ///
    /// Throws an `Error` that has a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(arrays: &JsValue, information: Option<String>) -> Result<ObjectSet, JsValue> {
        let information = read(&information.unwrap_or_default()).map_err(to_js)?;
        let objects = objects(arrays).map_err(to_js)?;
        Ok(Self { objects, information, intensities: None, measures: None })
    }

    /// Number of objects.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.objects.len()
    }
}

/// Reads what [`ObjectSet::new`] takes.
///
/// # Errors
/// [`Error::InvalidInput`] for arrays that are missing or do not fit together.
pub(super) fn objects(arrays: &JsValue) -> Result<Objects> {
    let get = |name: &str| Reflect::get(arrays, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let wrong = |name: &str| Error::InvalidInput(format!("the objects have no valid `{name}`"));
    let side = |name: &str| {
        let side = get(name).as_f64().filter(|side| side.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(side));
        side.map(|side| side as usize).ok_or_else(|| wrong(name))
    };
    let floats = |name: &str| get(name).dyn_into::<Float32Array>().map(|array| array.to_vec()).map_err(|_| wrong(name));
    let counts = |name: &str| get(name).dyn_into::<Uint32Array>().map(|array| array.to_vec()).map_err(|_| wrong(name));
    let (boxes, scores, class_ids) = (floats("boxes")?, floats("scores")?, counts("classIds")?);
    let (boxes, rest) = boxes.as_chunks::<4>();
    if boxes.len() != scores.len() || class_ids.len() != scores.len() || !rest.is_empty() {
        return Err(Error::InvalidInput("`boxes`, `scores` and `classIds` are not of one length".into()));
    }
    let (width, height) = (side("width")?, side("height")?);
    let masks = if get("rects").is_undefined() {
        None
    } else {
        let rects = get("rects").dyn_into::<Int32Array>().map_err(|_| wrong("rects"))?.to_vec();
        let (rects, rest) = rects.as_chunks::<4>();
        let rect = |&[x, y, width, height]: &[i32; 4]| {
            let side = |side: i32| usize::try_from(side).map_err(|_| wrong("rects"));
            Ok(MaskRect { x: side(x)?, y: side(y)?, width: side(width)?, height: side(height)? })
        };
        let rects = rects.iter().map(rect).collect::<Result<Vec<_>>>()?;
        if rects.len() != scores.len() || !rest.is_empty() {
            return Err(wrong("rects"));
        }
        let ends = counts("runEnds")?.into_iter().map(|end| end as usize).collect();
        Some(MaskCrops::from_runs(rects, ends, counts("runs")?, (width, height))?)
    };
    let boxes = boxes.iter().map(|&[x1, y1, x2, y2]| BoundingBox { x1, y1, x2, y2 }).collect();
    Ok(Objects { width, height, boxes, scores, class_ids, masks, truncated: false })
}
