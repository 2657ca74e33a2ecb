//! Tone: contrast stretching of 8-bit images and of raw samples.

use std::ops::RangeInclusive;

use maskrcnn_web::image::{ChannelMap, Image, SampleLayout, Samples, Tone};
use proptest::prelude::*;

use crate::raw;

const ALL: RangeInclusive<f32> = 0.0..=1.0;

fn stretch(contrast: RangeInclusive<f32>, image: &Image) -> Image {
    Tone::measure(image, None, Some(contrast)).unwrap().render(image).unwrap()
}

fn grey(values: &[u8]) -> Image {
    let rgb: Vec<u8> = values.iter().flat_map(|&value| [value; 3]).collect();
    Image::from_rgb(values.len(), 1, &rgb).unwrap()
}

fn reds(image: &Image) -> Vec<u8> {
    image.rgba().chunks_exact(4).map(|pixel| pixel[0]).collect()
}

#[test]
fn a_dim_picture_becomes_black_to_white() {
    assert_eq!(reds(&stretch(ALL, &grey(&[10, 20, 30]))), [0, 128, 255]);
}

#[test]
fn a_full_picture_stays() {
    assert_eq!(reds(&stretch(ALL, &grey(&[0, 77, 255]))), [0, 77, 255]);
}

#[test]
fn noise_is_not_taken_for_a_picture() {
    let flat = reds(&stretch(ALL, &grey(&[40, 41, 40, 41])));
    assert_eq!(flat, [0, 32, 0, 32]);
}

#[test]
fn what_is_rare_does_not_count() {
    let mut values = vec![20; 500];
    values.extend(vec![60; 499]);
    values.push(255);
    let stretched = reds(&stretch(0.01..=0.998, &grey(&values)));
    assert_eq!((stretched[0], stretched[500], stretched[999]), (0, 255, 255));
}

#[test]
fn all_channels_are_stretched_alike_and_transparency_stays() {
    let image = Image::from_rgba(2, 1, vec![100, 50, 0, 7, 0, 25, 100, 9]).unwrap();
    assert_eq!(stretch(ALL, &image).rgba(), [255, 128, 0, 7, 0, 64, 255, 9]);
}

/// An image of `values` in grey, and in a colour whose channels are these shares of them.
fn shown(values: &[u8], colour: [f32; 3]) -> Image {
    let rgb: Vec<u8> =
        values.iter().flat_map(|&value| colour.map(|share| (f32::from(value) * share).round() as u8)).collect();
    Image::from_rgb(values.len(), 1, &rgb).unwrap()
}

#[test]
fn a_picture_in_a_single_colour_is_seen_as_in_grey() {
    let values: Vec<u8> = (0..=250).chain([3; 500]).collect();
    let contrast = 0.01..=0.998;
    let expected = stretch(contrast.clone(), &grey(&values));
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
        assert_eq!(stretch(contrast.clone(), &shown(&values, colour)), expected, "{colour:?}");
    }
}

#[test]
fn noise_in_unused_channels_does_not_count() {
    let rgb: Vec<u8> = (0..=250).flat_map(|value| [value % 5, value % 7, value]).collect();
    let blue = Image::from_rgb(251, 1, &rgb).unwrap();
    let values: Vec<u8> = (0..=250).collect();
    assert_eq!(stretch(ALL, &blue), stretch(ALL, &grey(&values)));
}

#[test]
fn a_scale_bar_in_white_does_not_count() {
    let values: Vec<u8> = (0..=200).collect();
    for (white, is_grey) in [(4, true), (20, false)] {
        let with_bar = |picture: Image| {
            let rgba = [picture.rgba(), &vec![255; 4 * white]].concat();
            stretch(ALL, &Image::from_rgba(picture.width() + white, 1, rgba).unwrap())
        };
        let (blue, seen_in_grey) = (with_bar(shown(&values, [0.0, 0.0, 1.0])), with_bar(grey(&values)));
        // More of it is part of the image, whose colours stay.
        assert_eq!(blue == seen_in_grey, is_grey, "{white} white pixels");
    }
}

#[test]
fn a_picture_in_several_colours_keeps_them() {
    let ramp: Vec<u8> = (0..=250).collect();
    let sepia = shown(&ramp, [1.0, 0.8, 0.6]);
    assert_eq!(stretch(ALL, &sepia).rgba()[200 * 4..][..3], [204, 163, 122]);
    // Blue nuclei, and one object of two hundred in green.
    let mut rgb: Vec<u8> = ramp.iter().flat_map(|&value| [0, 0, value]).collect();
    rgb.extend([0, 250, 0]);
    let composite = stretch(ALL, &Image::from_rgb(252, 1, &rgb).unwrap());
    assert_eq!(composite.rgba()[251 * 4..][..3], [0, 255, 0]);
}

proptest! {
    #[test]
    fn brighter_stays_brighter(mut values in prop::collection::vec(any::<u8>(), 1..60), low in 0.0f32..0.4, high in 0.6f32..1.0) {
        values.sort_unstable();
        let stretched = reds(&stretch(low..=high, &grey(&values)));
        prop_assert!(stretched.is_sorted());
    }

    #[test]
    fn exposure_does_not_matter(values in prop::collection::vec(0u8..100, 2..60)) {
        prop_assume!(values.iter().max().unwrap() - values.iter().min().unwrap() >= 8);
        let longer: Vec<u8> = values.iter().map(|&value| value * 2 + 3).collect();
        prop_assert_eq!(stretch(ALL, &grey(&values)), stretch(ALL, &grey(&longer)));
    }
}

fn grey_samples(samples: Samples) -> Image {
    raw(1, SampleLayout::Planar, samples)
}

fn black_and_white(image: &Image, contrast: Option<RangeInclusive<f32>>) -> [f32; 2] {
    let tone = Tone::measure(image, None, contrast).unwrap();
    [tone.black(), tone.white()]
}

#[test]
fn without_contrast_the_type_says_what_is_white() {
    assert_eq!(black_and_white(&grey_samples(Samples::U8(vec![7, 9])), None), [0.0, 255.0]);
    assert_eq!(black_and_white(&grey_samples(Samples::U16(vec![7, 9])), None), [0.0, 65535.0]);
    assert_eq!(black_and_white(&grey_samples(Samples::F32(vec![0.0, 0.3, 1.0])), None), [0.0, 1.0]);
}

#[test]
fn f32_samples_beyond_one_need_contrast() {
    let image = grey_samples(Samples::F32(vec![-3.0, 4095.5]));
    assert_eq!(
        crate::refusal(Tone::measure(&image, None, None)),
        "without contrast stretching f32 samples must be in 0..1, but those of channel 0 are in -3..4095.5; \
         divide them by their largest value, or set `contrast`"
    );
    assert_eq!(black_and_white(&image, Some(ALL)), [-3.0, 4095.5]);
}

#[test]
fn quantiles_are_of_raw_values() {
    // 12 bits of a dim exposure, which lie within three steps of 8 bits.
    let samples: Vec<u16> = (300..=900).collect();
    let image = grey_samples(Samples::U16(samples));
    assert_eq!(black_and_white(&image, Some(ALL)), [300.0, 900.0]);
    assert_eq!(black_and_white(&image, Some(0.5..=1.0)), [600.0, 900.0]);
    assert_eq!(reds(&stretch(ALL, &image)).iter().collect::<std::collections::BTreeSet<_>>().len(), 256);
}

#[test]
fn flat_images_stay_flat() {
    for sample in [0.0, 5.0, -5.0, 1e-40, 1e37, -1e37] {
        let image = grey_samples(Samples::F32(vec![sample; 3]));
        assert_eq!(reds(&stretch(ALL, &image)), [0; 3], "{sample}");
    }
    assert_eq!(reds(&stretch(ALL, &grey_samples(Samples::U16(vec![65535; 3])))), [0; 3]);
}

#[test]
fn the_pixel_size_stays() {
    let image = grey_samples(Samples::U16(vec![1, 2])).with_pixel_size(0.5).unwrap();
    assert_eq!(stretch(ALL, &image).pixel_size(), Some(0.5));
}

#[test]
fn a_tone_is_the_same_wherever_it_was_measured() {
    let whole: Vec<u16> = (0..2000u32).map(|i| (i * 37 % 1999) as u16).collect();
    let tone = Tone::measure(&grey_samples(Samples::U16(whole.clone())), None, Some(0.01..=0.99)).unwrap();
    let rendered = reds(&tone.render(&grey_samples(Samples::U16(whole.clone()))).unwrap());
    let tiles = whole.chunks(300).map(|tile| grey_samples(Samples::U16(tile.to_vec())));
    let tiled: Vec<u8> = tiles.flat_map(|tile| reds(&tone.render(&tile).unwrap())).collect();
    assert_eq!(tiled, rendered);
}

/// The least value that at least `share` of all do not exceed, by sorting.
fn by_sorting<T: Copy + PartialOrd + Into<f32>>(values: &[T], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let rank = (f64::from(share) * (3 * values.len()) as f64).ceil() as usize;
    sorted[rank.div_ceil(3).max(1) - 1].into()
}

proptest! {
    #[test]
    fn f32_quantiles_are_exact(values in prop::collection::vec(-1e37f32..1e37, 1..80), exponent in -40i32..1, low in 0.0f32..=1.0) {
        let values: Vec<f32> = values.iter().map(|value| value * 10f32.powi(exponent)).collect();
        let tone = Tone::measure(&grey_samples(Samples::F32(values.clone())), None, Some(low..=1.0)).unwrap();
        prop_assert_eq!(tone.black(), by_sorting(&values, low));
        prop_assert!(tone.white() >= by_sorting(&values, 1.0));
    }

    #[test]
    fn u16_quantiles_are_exact(values in prop::collection::vec(any::<u16>(), 1..80), low in 0.0f32..=1.0) {
        let tone = Tone::measure(&grey_samples(Samples::U16(values.clone())), None, Some(low..=1.0)).unwrap();
        prop_assert_eq!(tone.black(), by_sorting(&values, low));
    }

    #[test]
    fn sixteen_bits_are_seen_as_eight(values in prop::collection::vec(any::<u8>(), 2..60)) {
        prop_assume!(values.iter().max().unwrap() - values.iter().min().unwrap() >= 8);
        let wide = values.iter().map(|&value| u16::from(value) * 257).collect();
        prop_assert_eq!(stretch(ALL, &grey_samples(Samples::U16(wide))), stretch(ALL, &grey(&values)));
    }

    #[test]
    fn layouts_and_chosen_channels_make_no_difference(pixels in prop::collection::vec(any::<[u16; 5]>(), 1..40), map in any::<[u8; 3]>()) {
        let sources = map.map(|source| usize::from(source % 5));
        let map = ChannelMap::try_from(sources.to_vec()).unwrap();
        let planar = |channels: &[usize]| channels.iter().flat_map(|&channel| pixels.iter().map(move |pixel| pixel[channel])).collect();
        let images = [
            (raw(5, SampleLayout::Interleaved, Samples::U16(pixels.concat())), Some(&map)),
            (raw(5, SampleLayout::Planar, Samples::U16(planar(&[0, 1, 2, 3, 4]))), Some(&map)),
            (raw(3, SampleLayout::Planar, Samples::U16(planar(&sources))), None),
        ];
        let shown = images.map(|(image, map)| Tone::measure(&image, map, Some(ALL)).unwrap().render(&image).unwrap());
        prop_assert_eq!(&shown[0], &shown[1]);
        prop_assert_eq!(&shown[0], &shown[2]);
    }
}
