//! Label images.

use maskrcnn_web::Result;
use maskrcnn_web::export::{Findings, LabelBits, LabelImageFormat, LabelImageOptions, write_label_image};
use maskrcnn_web::structures::{MaskCrops, MaskRect, Objects};

use crate::{Full, boxes_only, filled, findings, objects};

const TIFF: LabelImageOptions = LabelImageOptions { format: LabelImageFormat::Tiff, bits: None };
const PNG: LabelImageOptions = LabelImageOptions { format: LabelImageFormat::Png, bits: None };

fn written(image: &Findings<'_>, options: &LabelImageOptions) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_label_image(image, options, &mut bytes).map(|()| bytes)
}

/// The pixels of a PNG of 16 bits.
fn pixels(png: Vec<u8>) -> Vec<u16> {
    let image = image::load_from_memory(&png).unwrap();
    assert_eq!(image.color(), image::ColorType::L16);
    image.into_luma16().into_raw()
}

#[test]
fn the_object_with_the_higher_score_keeps_shared_pixels() {
    let objects = objects([8, 2], [filled(2, 0, 3, 1), filled(0, 0, 6, 2), filled(1, 0, 7, 2)]);
    let labels = pixels(written(&findings(&objects), &PNG).unwrap());
    assert_eq!(labels, [2, 2, 1, 1, 1, 2, 3, 3, 2, 2, 2, 2, 2, 2, 3, 3]);
}

#[test]
fn images_larger_than_a_chunk_are_whole() {
    let masks = (0..900_usize).map(|i| filled(i % 30 * 40 + i % 7, i / 30 * 40 + i % 5, 20 + i % 11, 20 + i % 13));
    let objects = objects([1300, 1300], masks);
    let labels = pixels(written(&findings(&objects), &PNG).unwrap());
    for (index, label) in [(0, 1), (1, 2), (450, 451), (899, 900)] {
        let MaskRect { x, y, width, height } = objects.masks.as_ref().unwrap().rect(index);
        assert_eq!((labels[y * 1300 + x], labels[(y + height - 1) * 1300 + x + width - 1]), (label, label));
    }
    let count = labels.iter().filter(|label| **label > 0).count() as u64;
    let masks = objects.masks.as_ref().unwrap();
    assert_eq!(count, (0..masks.len()).map(|index| masks.area(index)).sum::<u64>());
}

#[test]
fn more_objects_than_16_bits_hold_take_32() {
    let many = |count: usize| objects([300, 300], (0..count).map(|i| filled(i % 300, i / 300, 1, 1)));
    // Bits of a pixel: the third entry of the only directory.
    let bits = |objects: &Objects, options| written(&findings(objects), &options).map(|bytes| bytes[10 + 2 * 12 + 8]);
    assert_eq!(bits(&many(65_535), TIFF).unwrap(), 16);
    assert_eq!(bits(&many(65_536), TIFF).unwrap(), 32);
    let sixteen = LabelImageOptions { bits: Some(LabelBits::Sixteen), ..TIFF };
    assert_eq!(bits(&many(65_536), sixteen).unwrap_err().code(), "invalid-input");
    assert_eq!(written(&findings(&many(65_536)), &PNG).unwrap_err().code(), "invalid-input");
    let png = LabelImageOptions { bits: Some(LabelBits::ThirtyTwo), ..PNG };
    assert_eq!(written(&findings(&many(1)), &png).unwrap_err().code(), "invalid-input");
    assert!(serde_json::from_str::<LabelImageOptions>(r#"{ "bits": 8 }"#).is_err());
}

#[test]
fn an_image_without_objects_is_empty() {
    let empty = Objects { width: 3, height: 2, masks: Some(MaskCrops::default()), ..Objects::default() };
    assert_eq!(pixels(written(&findings(&empty), &PNG).unwrap()), [0; 6]);
    assert!(written(&findings(&empty), &TIFF).is_ok());
    let unknown = Objects { masks: None, ..empty };
    assert_eq!(pixels(written(&findings(&unknown), &PNG).unwrap()), [0; 6]);
}

#[test]
fn masks_room_and_a_valid_pixel_size_are_needed() {
    let error = written(&findings(&boxes_only()), &TIFF).unwrap_err();
    assert!(error.code() == "invalid-input" && error.to_string().contains("boxes only"), "{error}");
    let objects = objects([9, 9], [filled(1, 1, 2, 2)]);
    for options in [TIFF, PNG] {
        let image = Findings { pixel_size: Some(1e-20), ..findings(&objects) };
        assert_eq!(written(&image, &options).unwrap_err().code(), "invalid-input");
        assert_eq!(write_label_image(&findings(&objects), &options, &mut Full).unwrap_err().code(), "io");
    }
}
