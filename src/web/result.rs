//! Results as JavaScript gets them: plain objects of typed arrays.

use js_sys::{Float32Array, Int32Array, Object, Reflect, Uint8Array, Uint32Array};
use wasm_bindgen::JsValue;

use crate::error::{Error, Result};
use crate::inference::{Stage, StageData, StageTime};
use crate::structures::{Detections, MASK_THRESHOLD, paste};

/// Bytes that the binary masks of one image may take.
const MAX_MASK_BYTES: usize = 1 << 30;

/// A plain object with these properties.
pub(super) fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object.into()
}

/// Sets a property of a plain object.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    // On a plain object this cannot fail.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// The detections of one image, with the masks brought to its size.
pub(super) fn detections(found: &Detections, read_backs: usize, milliseconds: f64) -> Result<JsValue> {
    let items = &found.items;
    let boxes: Vec<f32> = items
        .iter()
        .flat_map(|item| {
            let area = &item.bounding_box;
            [area.x1, area.y1, area.x2, area.y2]
        })
        .collect();
    let scores: Vec<f32> = items.iter().map(|item| item.score).collect();
    let class_ids: Vec<u32> = items.iter().map(|item| item.class_id as u32).collect();

    let mut rectangles = Vec::new();
    let mut pixels: Vec<u8> = Vec::new();
    let mut probabilities = Vec::new();
    let (mut mask_size, mut aligned) = (0, false);
    for item in items {
        let Some(mask) = &item.mask else { continue };
        let expected = item.bounding_box.area() as usize;
        if pixels.len() + expected > MAX_MASK_BYTES {
            return Err(Error::OutOfMemory(format!(
                "the masks of {} detections on {}×{} pixels take over a gigabyte; ask for fewer detections",
                items.len(),
                found.width,
                found.height
            )));
        }
        let pasted = paste(mask, &item.bounding_box, found.width, found.height);
        rectangles.extend([pasted.x, pasted.y, pasted.width, pasted.height].map(|side| side as i32));
        pixels.extend(pasted.binary(MASK_THRESHOLD));
        probabilities.extend_from_slice(&mask.probabilities);
        (mask_size, aligned) = (mask.size, mask.aligned);
    }
    Ok(object(&[
        ("width", found.width.into()),
        ("height", found.height.into()),
        ("count", items.len().into()),
        ("boxes", Float32Array::from(boxes.as_slice()).into()),
        ("scores", Float32Array::from(scores.as_slice()).into()),
        ("classIds", Uint32Array::from(class_ids.as_slice()).into()),
        ("maskRects", Int32Array::from(rectangles.as_slice()).into()),
        ("maskPixels", Uint8Array::from(pixels.as_slice()).into()),
        ("maskProbabilities", Float32Array::from(probabilities.as_slice()).into()),
        ("maskSize", mask_size.into()),
        ("alignedMasks", aligned.into()),
        ("readBacks", read_backs.into()),
        ("milliseconds", milliseconds.into()),
    ]))
}

/// The stages of one image.
pub(super) fn stages(stages: &[Stage]) -> JsValue {
    let stages = stages.iter().map(|stage| {
        let shape: Vec<u32> = stage.shape.iter().map(|&side| side as u32).collect();
        let data = match &stage.data {
            StageData::F32(values) => Float32Array::from(values.as_slice()).into(),
            StageData::I32(values) => Int32Array::from(values.as_slice()).into(),
        };
        let shape = Uint32Array::from(shape.as_slice()).into();
        object(&[("name", stage.name.as_str().into()), ("shape", shape), ("data", data)])
    });
    stages.collect::<js_sys::Array>().into()
}

/// The times of the stages.
pub(super) fn times(times: &[StageTime]) -> JsValue {
    let times =
        times.iter().map(|time| object(&[("stage", time.stage.into()), ("milliseconds", time.milliseconds.into())]));
    times.collect::<js_sys::Array>().into()
}
