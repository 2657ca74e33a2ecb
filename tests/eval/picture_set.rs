//! Data sets with their images: sizes, orientations, and what is missing.

use std::fs;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use maskrcnn_web::coco::{WarningKind, Warnings};
use maskrcnn_web::eval::PictureSet;
use serde_json::{Value, json};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("picture_set").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(folder.join("val")).unwrap();
    folder
}

/// Writes a data set of one image with this entry.
fn write(folder: &Path, image: &Value) -> PathBuf {
    let json = folder.join("val.json");
    let dataset = json!({"images": [image], "categories": [{"id": 1, "name": "cell"}]});
    fs::write(&json, dataset.to_string()).unwrap();
    json
}

/// A JPEG of 16×8 pixels as they are stored, the left half white, that is shown turned by a quarter.
fn turned(path: &Path) {
    // TIFF, little-endian: one entry, the orientation (0x0112), a short (3), of value 6: a quarter turn clockwise.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let picture = RgbImage::from_fn(16, 8, |x, _| image::Rgb(if x < 8 { [255; 3] } else { [0; 3] }));
    let mut encoder = JpegEncoder::new_with_quality(fs::File::create(path).unwrap(), 95);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(&picture, 16, 8, ExtendedColorType::Rgb8).unwrap();
}

#[test]
fn a_turned_picture_is_read_as_it_is_annotated() {
    let folder = folder("turned");
    turned(&folder.join("val/a.jpg"));
    for (width, height, stored) in [(16, 8, true), (8, 16, false)] {
        let json = write(&folder, &json!({"id": 1, "file_name": "a.jpg", "width": width, "height": height}));
        let (mut warnings, mut read) = (Warnings::default(), Warnings::default());
        let pictures = PictureSet::open(&json, None, &mut warnings).unwrap();
        pictures.check(&mut warnings).unwrap();
        let image = pictures.read(0, &mut read).unwrap();
        assert_eq!((image.width(), image.height()), (width, height));
        // White is the left half as stored; turned clockwise it is the upper half.
        let light = |x: usize, y: usize| image.rgba()[4 * (y * width + x)];
        assert!(light(1, 1) > 200 && light(width - 2, height - 2) < 50);
        assert_eq!(light(width - 2, 1) > 200, !stored);
        for warnings in [&warnings, &read] {
            assert_eq!(warnings.get(WarningKind::StoredOrientation).map(|warning| warning.count), stored.then_some(1));
        }
    }
}

#[test]
fn a_size_that_is_missing_is_the_picture_s() {
    let folder = folder("sizes");
    turned(&folder.join("val/a.jpg"));
    let json = write(&folder, &json!({"id": 1, "file_name": "a.jpg"}));
    let pictures = PictureSet::open(&json, None, &mut Warnings::default()).unwrap();
    let image = &pictures.dataset().images[0];
    assert_eq!((image.width, image.height), (8, 16), "upright, as it is shown");
}

#[test]
fn what_cannot_be_read_is_an_error_when_it_is_asked_for() {
    let folder = folder("broken");
    for (bytes, code, why) in [
        (None, "io", "no such image"),
        (Some(&b"no picture"[..]), "invalid-input", "a.png"),
        (Some(include_bytes!("../../pkg/package.json")), "invalid-input", "a.png"),
    ] {
        let path = folder.join("val/a.png");
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        let json = write(&folder, &json!({"id": 1, "file_name": "a.png", "width": 4, "height": 4}));
        let mut warnings = Warnings::default();
        let pictures = PictureSet::open(&json, None, &mut warnings).unwrap();
        for error in [pictures.read(0, &mut warnings).unwrap_err(), pictures.check(&mut warnings).unwrap_err()] {
            assert!(error.code() == code && error.to_string().contains(why), "{error}");
        }
        let error = pictures.check(&mut warnings).unwrap_err().to_string();
        assert!(error.contains("1 of 1 pictures of") && error.contains("val.json cannot be used"), "{error}");
        assert!(warnings.is_empty());
    }
}
