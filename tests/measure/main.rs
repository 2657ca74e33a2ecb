//! Measures of objects, held to scikit-image's.

mod filter;
mod intensity;
mod nearest_neighbour;
#[path = "../objects/mod.rs"]
mod objects;
mod shape;

use std::sync::LazyLock;

use maskrcnn_web::structures::{MaskRect, Objects};
use serde_json::Value;

use crate::objects::{filled, objects};

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

#[track_caller]
fn assert_near(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() <= 1e-9 + 1e-3 * theirs.abs(), "{what}: {ours}, scikit-image has {theirs}");
}
