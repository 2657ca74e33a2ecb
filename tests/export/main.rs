//! Files for other programs. `tests/reference/make_exports.py` had those programs read them.

#![cfg(all(feature = "coco", feature = "image-files"))]

mod coco;
mod csv;
mod files;
mod geojson;
mod imagej_roi;
mod label_image;
#[path = "../objects/mod.rs"]
mod objects;
mod outline;

use std::sync::LazyLock;

use maskrcnn_web::export::Findings;
use maskrcnn_web::structures::{BoundingBox, MaskRect, Objects};
use serde::Deserialize;

use crate::objects::{filled, objects};

/// Objects, and checksums of their files, which other programs have read.
static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| serde_json::from_str(include_str!("../reference/exports.json")).unwrap());

#[derive(Deserialize)]
struct Reference {
    width: usize,
    height: usize,
    pixel_size: f64,
    labels: Vec<String>,
    objects: Vec<ReferenceObject>,
    sha256: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ReferenceObject {
    rect: [usize; 4],
    runs: Vec<usize>,
    class_id: u32,
}

fn reference_objects() -> Objects {
    let masks = REFERENCE.objects.iter().map(|object| {
        let [x, y, width, height] = object.rect;
        let runs = object.runs.iter().enumerate();
        let pixels: Vec<u8> = runs.flat_map(|(i, &length)| std::iter::repeat_n((i % 2) as u8, length)).collect();
        (MaskRect { x, y, width, height }, pixels)
    });
    let mut objects = objects([REFERENCE.width, REFERENCE.height], masks);
    objects.class_ids = REFERENCE.objects.iter().map(|object| object.class_id).collect();
    objects
}

/// Objects of a network without masks.
fn boxes_only() -> Objects {
    let boxes = vec![BoundingBox { x1: 1.5, y1: 2.0, x2: 4.0, y2: 8.0 }];
    Objects { width: 20, height: 10, boxes, scores: vec![0.5], class_ids: vec![1], ..Objects::default() }
}

/// With the reference's labels, and nothing else.
fn findings(objects: &Objects) -> Findings<'_> {
    Findings { objects, labels: &REFERENCE.labels, measures: None, pixel_size: None, file_name: "" }
}

/// Takes nothing.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is full"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
