//! Run-length encoding, against pycocotools and against itself.

use maskrcnn_web::image::Image;
use maskrcnn_web::structures::{MaskRect, Rle};
use proptest::prelude::*;

/// Masks that pycocotools encoded: `rows` holds the pixels where the mask is small.
fn reference() -> Vec<serde_json::Value> {
    serde_json::from_str(include_str!("../reference/rle.json")).unwrap()
}

fn number(value: &serde_json::Value) -> usize {
    value.as_u64().unwrap() as usize
}

#[test]
fn masks_encode_as_pycocotools_encodes_them() {
    for case in reference() {
        let (width, height) = (number(&case["width"]), number(&case["height"]));
        let compressed = case["compressed"].as_str().unwrap();
        let counts: Vec<u32> = serde_json::from_value(case["counts"].clone()).unwrap();

        let rle = Rle::from_compressed(width, height, compressed).unwrap();
        assert_eq!(rle.counts(), counts, "{}", case["name"]);
        assert_eq!(rle.to_compressed(), compressed, "{}", case["name"]);
        assert_eq!(rle.area(), case["area"].as_u64().unwrap(), "{}", case["name"]);
        let bbox: Vec<f32> = serde_json::from_value(case["bbox"].clone()).unwrap();
        let ours = rle.bounding_box().unwrap_or_default();
        assert_eq!([ours.x1, ours.y1, ours.width(), ours.height()], bbox[..], "{}", case["name"]);

        if let Some(rows) = case["rows"].as_array() {
            let pixels: Vec<u8> = rows.iter().flat_map(|row| row.as_str().unwrap().bytes().map(|b| b - b'0')).collect();
            assert_eq!(Rle::from_mask(width, height, &pixels).unwrap(), rle, "{}", case["name"]);
            assert_eq!(rle.to_mask(), pixels, "{}", case["name"]);
        }
    }
}

#[test]
fn malformed_strings_are_errors() {
    for (text, why) in [
        ("", "the runs hold 0 pixels"),
        ("5", "the runs hold 5 pixels"),
        ("P", "ends within a number"),
        ("oooooooooooo", "too long"),
        ("PPPPPPPPPPP0", "too long"),
        ("4 ", "is invalid"),
        ("4\u{e9}", "is invalid"),
        ("4p", "is invalid"),
        ("O", "negative"),
        ("004N", "negative"),
    ] {
        let error = Rle::from_compressed(3, 4, text).unwrap_err();
        assert_eq!(error.code(), "invalid-input");
        assert!(error.to_string().contains(why), "{text:?}: {error}");
    }
}

#[test]
fn sizes_are_limited() {
    let side = Image::MAX_SIDE + 1;
    assert_eq!(Rle::from_counts(side, 1, vec![side as u32]).unwrap_err().code(), "invalid-input");
    assert_eq!(Rle::from_counts(usize::MAX, usize::MAX, vec![]).unwrap_err().code(), "invalid-input");
    assert_eq!(Rle::from_counts(2, 2, vec![u32::MAX, 5]).unwrap_err().code(), "invalid-input");
    assert_eq!(Rle::from_mask(2, 2, &[1; 3]).unwrap_err().code(), "invalid-input");
    let outside = MaskRect { x: usize::MAX, y: 0, width: 2, height: 1 };
    assert_eq!(Rle::from_cropped(4, 4, outside, &[1, 1]).unwrap_err().code(), "invalid-input");
}

#[test]
fn empty_runs_change_neither_area_nor_box() {
    let rle = Rle::from_counts(3, 2, vec![0, 0, 1, 2, 0, 0, 3]).unwrap();
    assert_eq!(rle.to_mask(), [0, 1, 0, 1, 0, 0]);
    assert_eq!(rle.area(), 2);
    assert_eq!(Rle::from_compressed(3, 2, &rle.to_compressed()).unwrap(), rle);
    assert_eq!(Rle::from_counts(0, 0, vec![]).unwrap().bounding_box(), None);
}

/// A mask with runs of any length: width, height, pixels.
fn masks() -> impl Strategy<Value = (usize, usize, Vec<u8>)> {
    (1usize..40, 1usize..40, 0.0..1.0f64).prop_flat_map(|(width, height, fill)| {
        let pixel = proptest::bool::weighted(fill).prop_map(u8::from);
        (Just(width), Just(height), proptest::collection::vec(pixel, width * height))
    })
}

proptest! {
    #[test]
    fn round_trip((width, height, pixels) in masks()) {
        let rle = Rle::from_mask(width, height, &pixels).unwrap();
        prop_assert_eq!(&rle.to_mask(), &pixels);
        prop_assert_eq!(rle.area(), pixels.iter().map(|&p| u64::from(p)).sum::<u64>());
        prop_assert_eq!(Rle::from_compressed(width, height, &rle.to_compressed()).unwrap(), rle);
    }

    #[test]
    fn bounding_box_is_the_smallest((width, height, pixels) in masks()) {
        let inside = || (0..pixels.len()).filter(|&i| pixels[i] != 0).map(|i| (i % width, i / width));
        match Rle::from_mask(width, height, &pixels).unwrap().bounding_box() {
            None => prop_assert_eq!(inside().count(), 0),
            Some(found) => {
                prop_assert_eq!(found.x1 as usize, inside().map(|p| p.0).min().unwrap());
                prop_assert_eq!(found.y1 as usize, inside().map(|p| p.1).min().unwrap());
                prop_assert_eq!(found.x2 as usize, inside().map(|p| p.0).max().unwrap() + 1);
                prop_assert_eq!(found.y2 as usize, inside().map(|p| p.1).max().unwrap() + 1);
            }
        }
    }

    #[test]
    fn cropped_is_the_same_as_whole((width, height, pixels) in masks(), x in 0usize..9, y in 0usize..9, right in 0usize..9, below in 0usize..9) {
        let (whole_width, whole_height) = (x + width + right, y + height + below);
        let mut whole = vec![0; whole_width * whole_height];
        for (i, &pixel) in pixels.iter().enumerate() {
            whole[(y + i / width) * whole_width + x + i % width] = pixel;
        }
        let cropped = Rle::from_cropped(whole_width, whole_height, MaskRect { x, y, width, height }, &pixels).unwrap();
        prop_assert_eq!(cropped, Rle::from_mask(whole_width, whole_height, &whole).unwrap());
    }

    #[test]
    fn any_string_gives_a_mask_or_an_error(text in "[0-o]{0,40}", width in 0usize..300, height in 0usize..300) {
        if let Ok(rle) = Rle::from_compressed(width, height, &text) {
            prop_assert_eq!(rle.to_mask().len(), width * height);
        }
    }

    #[test]
    fn long_runs_survive_the_string(start in 0u32..200_000_000, length in 0u32..60_000_000) {
        let side = Image::MAX_SIDE;
        let rest = (side * side) as u32 - start - length;
        let rle = Rle::from_counts(side, side, vec![start, length, rest]).unwrap();
        prop_assert_eq!(Rle::from_compressed(side, side, &rle.to_compressed()).unwrap(), rle);
    }
}
