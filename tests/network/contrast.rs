//! Contrast stretching.

use maskrcnn_web::config::ContrastSettings;
use maskrcnn_web::structures::Image;
use proptest::prelude::*;

const ALL: ContrastSettings = ContrastSettings { low: 0.0, high: 1.0 };

fn grey(values: &[u8]) -> Image {
    let rgb: Vec<u8> = values.iter().flat_map(|&value| [value; 3]).collect();
    Image::from_rgb(values.len(), 1, &rgb).unwrap()
}

fn reds(image: &Image) -> Vec<u8> {
    image.rgba().chunks_exact(4).map(|pixel| pixel[0]).collect()
}

#[test]
fn a_dim_picture_becomes_black_to_white() {
    assert_eq!(reds(&ALL.stretch(&grey(&[10, 20, 30]))), [0, 128, 255]);
}

#[test]
fn a_full_picture_stays() {
    assert_eq!(reds(&ALL.stretch(&grey(&[0, 77, 255]))), [0, 77, 255]);
}

#[test]
fn noise_is_not_taken_for_a_picture() {
    let flat = reds(&ALL.stretch(&grey(&[40, 41, 40, 41])));
    assert_eq!(flat, [0, 32, 0, 32]);
}

#[test]
fn what_is_rare_does_not_count() {
    let mut values = vec![20; 500];
    values.extend(vec![60; 499]);
    values.push(255);
    let stretched = reds(&ContrastSettings { low: 0.01, high: 0.998 }.stretch(&grey(&values)));
    assert_eq!((stretched[0], stretched[500], stretched[999]), (0, 255, 255));
}

#[test]
fn all_channels_are_stretched_alike_and_transparency_stays() {
    let image = Image::from_rgba(2, 1, vec![100, 50, 0, 7, 0, 25, 100, 9]).unwrap();
    assert_eq!(ALL.stretch(&image).rgba(), [255, 128, 0, 7, 0, 64, 255, 9]);
}

/// A picture of `values` in grey, and in a colour whose channels are these shares of them.
fn shown(values: &[u8], colour: [f32; 3]) -> Image {
    let rgb: Vec<u8> =
        values.iter().flat_map(|&value| colour.map(|share| (f32::from(value) * share).round() as u8)).collect();
    Image::from_rgb(values.len(), 1, &rgb).unwrap()
}

#[test]
fn a_picture_in_a_single_colour_is_seen_as_in_grey() {
    let values: Vec<u8> = (0..=250).chain([3; 500]).collect();
    let stretch = ContrastSettings { low: 0.01, high: 0.998 };
    let expected = stretch.stretch(&grey(&values));
    for colour in [
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0],
        [1.0, 0.0, 1.0],
        [0.0, 1.0, 1.0],
        [1.0, 1.0, 0.0],
        [1.0, 0.5, 0.0],
        [0.0, 0.4, 1.0],
        [0.3, 0.5, 1.0],
    ] {
        assert_eq!(stretch.stretch(&shown(&values, colour)), expected, "{colour:?}");
    }
}

#[test]
fn noise_in_unused_channels_does_not_count() {
    let rgb: Vec<u8> = (0..=250).flat_map(|value| [value % 5, value % 7, value]).collect();
    let blue = Image::from_rgb(251, 1, &rgb).unwrap();
    let values: Vec<u8> = (0..=250).collect();
    assert_eq!(ALL.stretch(&blue), ALL.stretch(&grey(&values)));
}

#[test]
fn a_scale_bar_in_white_does_not_count() {
    let values: Vec<u8> = (0..=200).collect();
    for (white, is_grey) in [(4, true), (20, false)] {
        let with_bar = |picture: Image| {
            let rgba = [picture.rgba(), &vec![255; 4 * white]].concat();
            ALL.stretch(&Image::from_rgba(picture.width() + white, 1, rgba).unwrap())
        };
        let (blue, seen_in_grey) = (with_bar(shown(&values, [0.0, 0.0, 1.0])), with_bar(grey(&values)));
        // More of it is part of the picture, whose colours stay.
        assert_eq!(blue == seen_in_grey, is_grey, "{white} white pixels");
    }
}

#[test]
fn a_picture_in_several_colours_keeps_them() {
    let ramp: Vec<u8> = (0..=250).collect();
    let sepia = shown(&ramp, [1.0, 0.8, 0.6]);
    assert_eq!(ALL.stretch(&sepia).rgba()[200 * 4..][..3], [204, 163, 122]);
    // Blue nuclei, and one object of two hundred in green.
    let mut rgb: Vec<u8> = ramp.iter().flat_map(|&value| [0, 0, value]).collect();
    rgb.extend([0, 250, 0]);
    let composite = ALL.stretch(&Image::from_rgb(252, 1, &rgb).unwrap());
    assert_eq!(composite.rgba()[251 * 4..][..3], [0, 255, 0]);
}

proptest! {
    #[test]
    fn brighter_stays_brighter(mut values in prop::collection::vec(any::<u8>(), 1..60), low in 0.0f32..0.4, high in 0.6f32..1.0) {
        values.sort_unstable();
        let stretched = reds(&ContrastSettings { low, high }.stretch(&grey(&values)));
        prop_assert!(stretched.is_sorted());
    }

    #[test]
    fn exposure_does_not_matter(values in prop::collection::vec(0u8..100, 2..60)) {
        prop_assume!(values.iter().max().unwrap() - values.iter().min().unwrap() >= 8);
        let longer: Vec<u8> = values.iter().map(|&value| value * 2 + 3).collect();
        prop_assert_eq!(ALL.stretch(&grey(&values)), ALL.stretch(&grey(&longer)));
    }
}
