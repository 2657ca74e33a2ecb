//! Measures of objects, held to scikit-image's.

mod filter;
mod intensity;
mod nearest_neighbour;
mod shape;

use std::sync::LazyLock;

use maskrcnn_web::structures::{BoundingBox, MaskCrops, MaskRect, Objects};
use serde_json::Value;

/// Masks, and what scikit-image makes of them; `tests/reference/make_measures.py` wrote it.
static REFERENCE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../reference/measures.json")).unwrap());

fn cases() -> &'static Vec<Value> {
    REFERENCE["cases"].as_array().unwrap()
}

/// The objects of all cases in one image, one after the other.
fn reference_objects() -> Objects {
    let masks = cases().iter().map(|case| {
        let [x, y, width, height] = serde_json::from_value(case["rect"].clone()).unwrap();
        let runs: Vec<usize> = serde_json::from_value(case["runs"].clone()).unwrap();
        let runs = runs.into_iter().enumerate();
        let pixels: Vec<u8> = runs.flat_map(|(i, length)| std::iter::repeat_n((i % 2) as u8, length)).collect();
        (MaskRect { x, y, width, height }, pixels)
    });
    let side = |name: &str| REFERENCE[name].as_u64().unwrap() as usize;
    objects([side("width"), side("height")], masks)
}

/// Objects with these masks; the boxes are those of the masks, scores fall.
fn objects([width, height]: [usize; 2], masks: impl IntoIterator<Item = (MaskRect, Vec<u8>)>) -> Objects {
    let mut objects = Objects { width, height, masks: Some(MaskCrops::default()), ..Objects::default() };
    for (rect, pixels) in masks {
        let [x1, y1] = [rect.x as f32, rect.y as f32];
        let (x2, y2) = (x1 + rect.width as f32, y1 + rect.height as f32);
        objects.boxes.push(BoundingBox { x1, y1, x2, y2 });
        objects.scores.push(1.0 / (objects.boxes.len() as f32));
        objects.class_ids.push(1);
        objects.masks.as_mut().unwrap().push(rect, &pixels);
    }
    objects
}

/// An object that fills its rectangle.
fn filled(x: usize, y: usize, width: usize, height: usize) -> (MaskRect, Vec<u8>) {
    (MaskRect { x, y, width, height }, vec![1; width * height])
}

#[track_caller]
fn assert_near(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() <= 1e-9 + 1e-3 * theirs.abs(), "{what}: {ours}, scikit-image has {theirs}");
}
