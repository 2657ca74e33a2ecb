//! Small data sets on disk.

use std::fs;
use std::path::{Path, PathBuf};

use image::RgbImage;
use maskrcnn_web::image::Image;
use maskrcnn_web::structures::{BoundingBox, MaskRect, Rle};
use maskrcnn_web::train::{LabelledClasses, Object, ObjectMask, Sample};
use serde_json::{Value, json};

/// An empty folder of its own for each test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("train").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes `data.json` and the images named in it, all black, into `data/`; gives the JSON's path.
pub(crate) fn write(folder: &Path, data: &Value) -> PathBuf {
    fs::create_dir_all(folder.join("data")).unwrap();
    for image in data["images"].as_array().unwrap() {
        let side = |name: &str| image[name].as_u64().unwrap() as u32;
        let file = folder.join("data").join(image["file_name"].as_str().unwrap());
        RgbImage::new(side("width"), side("height")).save(file).unwrap();
    }
    let path = folder.join("data.json");
    fs::write(&path, data.to_string()).unwrap();
    path
}

/// Images of the given kinds, 16×12 pixels, each with one object of 4×3 pixels.
pub(crate) fn of_kinds(kinds: &[&str]) -> Value {
    let images = kinds.iter().enumerate().map(
        |(i, kind)| json!({ "id": i + 1, "file_name": format!("{i}.png"), "width": 16, "height": 12, "kind": kind }),
    );
    let annotations = (0..kinds.len()).map(|i| {
        let part = MaskRect { x: i % 12, y: 2, width: 4, height: 3 };
        let mask = Rle::from_cropped(16, 12, part, &[1; 12]).unwrap().to_compressed();
        json!({
            "id": i + 1, "image_id": i + 1, "category_id": 1, "iscrowd": 0, "area": 12.0,
            "bbox": [part.x, 2.0, 4.0, 3.0], "segmentation": { "size": [12, 16], "counts": mask },
        })
    });
    json!({
        "images": images.collect::<Vec<_>>(),
        "annotations": annotations.collect::<Vec<_>>(),
        "categories": [{ "id": 1, "name": "thing" }],
    })
}

/// An image in which every object has a colour of its own on black: discs, some of them cut by
/// the edge, and a line.
pub(crate) fn coloured(width: usize, height: usize) -> Sample {
    let mut rgb = vec![0; width * height * 3];
    let discs = [(0.2, 0.3, 0.12), (0.7, 0.2, 0.15), (0.5, 0.7, 0.2), (0.95, 0.9, 0.1), (0.1, 0.9, 0.07)];
    let mut objects = Vec::new();
    for (i, (x, y, radius)) in discs.into_iter().enumerate() {
        let (centre_x, centre_y) = (x * width as f32, y * height as f32);
        let radius = radius * width.min(height) as f32;
        let mut mask = vec![0; width * height];
        for (pixel, inside) in mask.iter_mut().enumerate() {
            let (dx, dy) = ((pixel % width) as f32 + 0.5 - centre_x, (pixel / width) as f32 + 0.5 - centre_y);
            if dx * dx + dy * dy < radius * radius {
                *inside = 1;
                rgb[3 * pixel..3 * pixel + 3].copy_from_slice(&colour(i));
            }
        }
        let part = MaskRect { x: 0, y: 0, width, height };
        let mask = ObjectMask { part, pixels: mask }.trimmed().unwrap();
        objects.push(Object { bounding_box: mask.bounding_box(), class_id: i + 1, mask: Some(mask) });
    }
    let ignored = vec![BoundingBox { x1: 1.0, y1: 2.0, x2: width as f32 / 2.0, y2: height as f32 - 1.0 }];
    Sample { image: Image::from_rgb(width, height, &rgb).unwrap(), objects, ignored, labelled: LabelledClasses::All }
}

/// The colour of the object at an index of [`coloured`].
pub(crate) fn colour(index: usize) -> [u8; 3] {
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255]][index]
}
