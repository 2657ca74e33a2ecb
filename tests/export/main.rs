//! Files for other programs. `tests/reference/make_exports.py` had those programs read them.

#![cfg(all(feature = "coco", feature = "image-files"))]

mod coco;
mod csv;
mod files;
mod geojson;
mod imagej_roi;
mod label_image;
mod outline;

use std::sync::LazyLock;

use maskrcnn_web::export::Findings;
use maskrcnn_web::structures::{BoundingBox, MaskCrops, MaskRect, Objects};
use serde::Deserialize;

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
