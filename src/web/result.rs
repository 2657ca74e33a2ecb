//! Results as JavaScript gets them: plain objects of typed arrays.

use js_sys::{Float32Array, Int32Array, Object, Reflect, Uint32Array};
use wasm_bindgen::JsValue;

use crate::image::Tone;
use crate::inference::{Stage, StageData, StageTime};
use crate::structures::{BoundingBox, Detections, Objects};

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

/// Objects as an object of typed arrays, as `ObjectSet` takes them.
pub(super) fn object_arrays(objects: &Objects) -> JsValue {
    let boxes: Vec<f32> = objects.boxes.iter().flat_map(|&BoundingBox { x1, y1, x2, y2 }| [x1, y1, x2, y2]).collect();
    let arrays = object(&[
        ("width", objects.width.into()),
        ("height", objects.height.into()),
        ("boxes", Float32Array::from(boxes.as_slice()).into()),
        ("scores", Float32Array::from(objects.scores.as_slice()).into()),
        ("classIds", Uint32Array::from(objects.class_ids.as_slice()).into()),
    ]);
    if let Some(masks) = &objects.masks {
        let indices = 0..masks.len();
        let rects: Vec<i32> = indices
            .clone()
            .map(|index| masks.rect(index))
            .flat_map(|rect| [rect.x, rect.y, rect.width, rect.height].map(|side| side as i32))
            .collect();
        let runs: Vec<u32> = indices.clone().flat_map(|index| masks.runs(index)).copied().collect();
        let ends: Vec<u32> = indices
            .scan(0, |end, index| {
                *end += masks.runs(index).len() as u32;
                Some(*end)
            })
            .collect();
        set(&arrays, "rects", &Int32Array::from(rects.as_slice()).into());
        set(&arrays, "runs", &Uint32Array::from(runs.as_slice()).into());
        set(&arrays, "runEnds", &Uint32Array::from(ends.as_slice()).into());
    }
    arrays
}

/// The detections of one image, with the masks brought to its size and, where they are asked for, as the network gives
/// them.
pub(super) fn detections(found: &Detections, with_soft_masks: bool) -> JsValue {
    let object = object_arrays(&Objects::from(found));
    let masks = || found.items.iter().filter_map(|item| item.mask.as_ref());
    if let Some(mask) = masks().next().filter(|_| with_soft_masks) {
        let probabilities: Vec<f32> = masks().flat_map(|mask| &mask.probabilities).copied().collect();
        set(&object, "maskProbabilities", &Float32Array::from(probabilities.as_slice()).into());
        set(&object, "maskSize", &mask.size.into());
        set(&object, "alignedMasks", &mask.aligned.into());
    }
    object
}

/// The channels that a network saw: one, in grey, or three.
pub(super) fn channels(tone: &Tone) -> JsValue {
    let channels: Vec<u32> = Vec::from(*tone.channels()).into_iter().map(|channel: usize| channel as u32).collect();
    Uint32Array::from(channels.as_slice()).into()
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

/// The times of the stages, and how much arithmetic they are.
pub(super) fn times(times: &[StageTime]) -> JsValue {
    let times = times.iter().map(|time| {
        let StageTime { stage, milliseconds, operations } = *time;
        object(&[
            ("stage", stage.into()),
            ("milliseconds", milliseconds.into()),
            ("operations", (operations as f64).into()),
        ])
    });
    times.collect::<js_sys::Array>().into()
}
