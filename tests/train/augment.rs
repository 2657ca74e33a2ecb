//! Augmentation: masks, boxes and pixels stay together.

use burn::tensor::Device;
use maskrcnn_web::config::InputSettings;
use maskrcnn_web::image::{Image, Tone};
use maskrcnn_web::ops::resize::{ResizeGeometry, resize};
use maskrcnn_web::structures::{BoundingBox, MaskRect};
use maskrcnn_web::train::augment::{Augment, AugmentConfig, Frame, Jitter, Symmetry};
use maskrcnn_web::train::{LabelledClasses, Object, Random, Sample};
use proptest::prelude::*;

use crate::fixtures::{colour, coloured};

pub(crate) fn transform(min_size: usize) -> InputSettings {
    InputSettings { min_size, ..InputSettings::default() }
}

fn off() -> Augment {
    Augment::new(AugmentConfig::off(), &transform(64)).unwrap()
}

/// Geometry as by default, colours as they are.
pub(crate) fn geometric() -> AugmentConfig {
    let AugmentConfig { scale, object_in_crop, min_visible, min_pixels, .. } = AugmentConfig::default();
    AugmentConfig {
        crop: [40, 56],
        scale,
        object_in_crop,
        min_visible,
        min_pixels,
        horizontal_flip: 0.5,
        vertical_flip: 0.5,
        quarter_turn: 0.5,
        ..AugmentConfig::off()
    }
}

fn whole(symmetry: Symmetry, (height, width): (usize, usize)) -> Frame {
    let window = MaskRect { x: 0, y: 0, width, height };
    Frame { symmetry, resized: (height, width), window }
}

/// The same image turned, not resized.
fn turned(sample: &Sample, symmetry: Symmetry) -> Sample {
    let size = symmetry.size((sample.image.height(), sample.image.width()));
    off().frame(&whole(symmetry, size), sample).unwrap()
}

/// How far a pixel is from the colour that only one object has, in the channel that is furthest.
fn distance(pixel: &[u8], object: usize) -> u8 {
    pixel.iter().zip(colour(object)).map(|(&ours, full)| ours.abs_diff(full)).max().unwrap()
}

#[track_caller]
pub(crate) fn masks_follow_pixels(sample: &Sample) {
    let (width, height) = (sample.image.width(), sample.image.height());
    let mut owner = vec![None; width * height];
    for object in &sample.objects {
        let mask = object.mask.as_ref().unwrap();
        assert_eq!(object.bounding_box, mask.bounding_box());
        assert_eq!(mask.clone().trimmed().as_ref(), Some(mask), "the box is not the smallest");
        for (i, _) in mask.pixels.iter().enumerate().filter(|(_, inside)| **inside == 1) {
            let pixel = (mask.part.y + i / mask.part.width) * width + mask.part.x + i % mask.part.width;
            owner[pixel] = Some(object.class_id - 1);
        }
    }
    for (pixel, owner) in sample.image.rgba().chunks(4).zip(owner) {
        // Where the mask's edge goes through a pixel, half of it is black.
        match owner {
            Some(owner) => assert!(distance(pixel, owner) <= 128, "{pixel:?} in the mask of {owner}"),
            None => {
                let missed = sample.objects.iter().find(|object| distance(pixel, object.class_id - 1) < 127);
                assert_eq!(missed, None, "{pixel:?} in no mask");
            }
        }
    }
}

#[test]
fn nothing_changes_when_all_is_off() {
    let sample = coloured(80, 64);
    assert_eq!(off().apply(&sample, &mut Random::new(1)).unwrap(), sample);
}

#[test]
fn the_network_sees_the_same_as_at_deployment() {
    let (width, height) = (61, 47);
    let mut random = Random::new(3);
    let rgb: Vec<u8> = (0..width * height * 3).map(|_| random.below(256) as u8).collect();
    let image = Image::from_rgb(width, height, &rgb).unwrap();
    let sample =
        Sample { image: image.clone(), objects: Vec::new(), ignored: Vec::new(), labelled: LabelledClasses::All };
    for min_size in [128, 47, 40] {
        let transform = transform(min_size);
        let augment = Augment::new(AugmentConfig::off(), &transform).unwrap();
        let shown = augment.apply(&sample, &mut random).unwrap().image;
        let resized = transform.resized((height, width));
        assert_eq!((shown.height(), shown.width()), resized);
        let pixel_ratio = transform.pixel_ratio((height, width));
        let geometry = ResizeGeometry { resized, pixel_ratio, padded: resized, mean: [0.0; 3], std: [1.0; 3] };
        let tone = Tone::measure(&image, None, None).unwrap();
        let expected = resize(&image, &tone, geometry, &Device::flex()).into_data().try_to_vec::<f32>().unwrap();
        for (pixel, shown) in shown.rgba().chunks(4).enumerate() {
            for channel in 0..3 {
                let expected = expected[channel * resized.0 * resized.1 + pixel] * 255.0;
                assert!((f32::from(shown[channel]) - expected).abs() < 0.501, "{shown:?} {expected}");
            }
        }
    }
}

#[test]
fn symmetries_are_a_group_that_acts_on_pixels_masks_and_boxes() {
    let sample = coloured(40, 28);
    for first in Symmetry::ALL {
        let once = turned(&sample, first);
        masks_follow_pixels(&once);
        assert_eq!(once.objects.len(), 5);
        for second in Symmetry::ALL {
            assert_eq!(turned(&once, second), turned(&sample, first.then(second)), "{first:?} {second:?}");
        }
        let inverses = Symmetry::ALL.into_iter().filter(|second| turned(&once, *second) == sample);
        assert_eq!(inverses.count(), 1);
    }
    // Clockwise: what was on the left is above.
    let right = turned(&sample, Symmetry::QUARTER_TURN);
    assert_eq!((right.image.width(), right.image.height()), (28, 40));
    let BoundingBox { x1, y1, x2, y2 } = sample.objects[0].bounding_box;
    assert_eq!(right.objects[0].bounding_box, BoundingBox { x1: 28.0 - y2, y1: x1, x2: 28.0 - y1, y2: x2 });
}

#[test]
fn boxes_without_masks_follow_those_with_masks() {
    let with = coloured(50, 40);
    let mut without = with.clone();
    without.objects.iter_mut().for_each(|object| object.mask = None);
    let augment =
        Augment::new(AugmentConfig { min_visible: 0.0, min_pixels: 1, ..geometric() }, &transform(60)).unwrap();
    for seed in 0..50 {
        let with = augment.apply(&with, &mut Random::new(seed)).unwrap();
        let without = augment.apply(&without, &mut Random::new(seed)).unwrap();
        assert_eq!(with.image, without.image);
        assert_eq!(with.ignored, without.ignored[without.ignored.len() - with.ignored.len()..]);
        for Object { bounding_box, class_id, .. } in &with.objects {
            let other = without.objects.iter().find(|other| other.class_id == *class_id).unwrap();
            let (a, b) = (bounding_box, &other.bounding_box);
            let distance = [a.x1 - b.x1, a.y1 - b.y1, a.x2 - b.x2, a.y2 - b.y2].map(f32::abs);
            // A disc cut by the window may touch the edge only with its box's corner.
            assert!(
                a.x1 >= b.x1 - 1.5 && a.y1 >= b.y1 - 1.5 && a.x2 <= b.x2 + 1.5 && a.y2 <= b.y2 + 1.5,
                "{distance:?}"
            );
        }
    }
}

#[test]
fn what_is_hardly_visible_is_ignored() {
    let sample = coloured(50, 50);
    let augment = |min_visible, min_pixels| {
        let config = AugmentConfig { min_visible, min_pixels, ..AugmentConfig::off() };
        Augment::new(config, &transform(50)).unwrap()
    };
    // A third of the second disc, and nothing of the others but the third.
    let window = MaskRect { x: 30, y: 0, width: 20, height: 8 };
    let frame = Frame { symmetry: Symmetry::default(), resized: (50, 50), window };
    let classes = |sample: &Sample| sample.objects.iter().map(|object| object.class_id).collect::<Vec<_>>();
    let shown = augment(0.2, 1).frame(&frame, &sample).unwrap();
    assert_eq!((classes(&shown), shown.ignored.len()), (vec![2], 0));
    let object = shown.objects[0].clone();
    for strict in [augment(0.5, 1), augment(0.0, object.mask.as_ref().unwrap().area() + 1)] {
        let shown = strict.frame(&frame, &sample).unwrap();
        assert_eq!((classes(&shown), shown.ignored), (vec![], vec![object.bounding_box]));
    }
}

#[test]
fn crowds_are_cut_and_scaled() {
    let sample = coloured(50, 40);
    let window = MaskRect { x: 10, y: 20, width: 30, height: 40 };
    let frame = Frame { symmetry: Symmetry::default(), resized: (80, 100), window };
    let shown = off().frame(&frame, &sample).unwrap();
    assert_eq!(shown.ignored, [BoundingBox { x1: 0.0, y1: 0.0, x2: 30.0, y2: 40.0 }]);
    let window = MaskRect { x: 0, y: 0, width: 100, height: 80 };
    let shown = off().frame(&Frame { window, ..frame }, &sample).unwrap();
    assert_eq!(shown.ignored, [BoundingBox { x1: 2.0, y1: 4.0, x2: 50.0, y2: 78.0 }]);
}

#[test]
fn the_window_shows_an_object_when_it_is_to() {
    let mut sample = coloured(400, 300);
    sample.objects.truncate(1);
    let config = AugmentConfig { object_in_crop: 1.0, min_visible: 0.99, ..geometric() };
    let augment = Augment::new(AugmentConfig { crop: [128, 128], ..config }, &transform(300)).unwrap();
    for seed in 0..100 {
        assert_eq!(augment.apply(&sample, &mut Random::new(seed)).unwrap().objects.len(), 1, "seed {seed}");
    }
    // Without any object, and for one larger than the window, there is nothing to aim at.
    let augment = Augment::new(AugmentConfig { crop: [16, 16], ..geometric() }, &transform(300)).unwrap();
    for seed in 0..100 {
        let shown = augment.apply(&sample, &mut Random::new(seed)).unwrap();
        assert_eq!((shown.image.width(), shown.image.height()), (16, 16));
        let none = Sample { objects: Vec::new(), ..sample.clone() };
        assert!(augment.apply(&none, &mut Random::new(seed)).unwrap().objects.is_empty());
    }
}

/// The mean of each channel.
fn means(image: &Image) -> [f32; 3] {
    let pixels = (image.width() * image.height()) as f32;
    [0, 1, 2].map(|channel| image.rgba().chunks(4).map(|pixel| f32::from(pixel[channel])).sum::<f32>() / pixels)
}

#[test]
fn colours_change_as_they_are_said_to() {
    let always = |amount| Jitter { probability: 1.0, range: [amount, amount] };
    let show = |config: AugmentConfig, byte: [u8; 3]| {
        let image = Image::from_rgb(32, 32, &byte.repeat(32 * 32)).unwrap();
        let sample = Sample { image, objects: Vec::new(), ignored: Vec::new(), labelled: LabelledClasses::All };
        let shown = Augment::new(config, &transform(32)).unwrap().apply(&sample, &mut Random::new(1)).unwrap();
        assert_eq!((shown.image.width(), shown.image.height()), (32, 32));
        shown.image
    };
    let off = AugmentConfig::off;
    let near = |image: &Image, expected: [f32; 3]| {
        let means = means(image);
        assert!(means.iter().zip(expected).all(|(ours, theirs)| (ours - theirs).abs() < 1.0), "{means:?} {expected:?}");
    };
    near(&show(AugmentConfig { invert: 1.0, ..off() }, [10, 20, 250]), [245.0, 235.0, 5.0]);
    near(&show(AugmentConfig { brightness: always(1.5), ..off() }, [10, 20, 250]), [15.0, 30.0, 255.0]);
    near(&show(AugmentConfig { contrast: always(0.5), ..off() }, [0, 100, 200]), [50.0, 100.0, 150.0]);
    near(&show(AugmentConfig { gamma: always(2.0), ..off() }, [51, 102, 255]), [10.2, 40.8, 255.0]);
    near(&show(AugmentConfig { channels: always(0.5), ..off() }, [51, 102, 254]), [25.5, 51.0, 127.0]);
    let luma = 0.299 * 200.0 + 0.587 * 100.0 + 0.114 * 50.0;
    near(&show(AugmentConfig { grey: 1.0, ..off() }, [200, 100, 50]), [luma; 3]);
    let stronger = [200.0, 100.0, 50.0].map(|value| luma + 1.2 * (value - luma));
    near(&show(AugmentConfig { saturation: always(1.2), ..off() }, [200, 100, 50]), stronger);
    // A third of the way around, red is green.
    near(&show(AugmentConfig { hue: always(1.0 / 3.0), ..off() }, [200, 100, 50]), [50.0, 200.0, 100.0]);
    near(&show(AugmentConfig { stain: always(1.0), ..off() }, [200, 100, 150]), [200.0, 100.0, 150.0]);
    near(&show(AugmentConfig { stain: always(2.0), ..off() }, [100, 100, 100]), [100.0; 3]);
    // Twice the dye lets through the square of the light.
    let hematoxylin = [0.650f32, 0.704, 0.286].map(|density| (-density).exp());
    let byte = hematoxylin.map(|light| (light * 255.0).round() as u8);
    let expected = hematoxylin.map(|light| light * light * 255.0);
    near(&show(AugmentConfig { stain: always(2.0), ..off() }, byte), expected);
    near(&show(AugmentConfig { blur: always(2.0), ..off() }, [200, 100, 50]), [200.0, 100.0, 50.0]);

    let spread = |image: &Image| {
        let mean = means(image)[0];
        let squares = image.rgba().chunks(4).map(|pixel| (f32::from(pixel[0]) - mean).powi(2)).sum::<f32>();
        (squares / (32.0 * 32.0)).sqrt() / 255.0
    };
    let noisy = show(AugmentConfig { noise: always(0.03), ..off() }, [128, 128, 128]);
    assert!((spread(&noisy) - 0.03).abs() < 0.003, "{}", spread(&noisy));
    assert!(noisy.rgba().chunks(4).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    let light = show(AugmentConfig { photons: always(400.0), ..off() }, [128, 128, 128]);
    assert!((spread(&light) - (128.0f32 / 255.0 / 400.0).sqrt()).abs() < 0.003, "{}", spread(&light));
    let dark = show(AugmentConfig { photons: always(400.0), ..off() }, [0, 0, 0]);
    assert_eq!(means(&dark), [0.0; 3]);
}

#[test]
fn values_out_of_range_are_named() {
    let refuses = |config: AugmentConfig, name: &str| {
        let error = Augment::new(config, &transform(64)).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    let default = AugmentConfig::default;
    let jitter = |probability, range| Jitter { probability, range };
    refuses(AugmentConfig { crop: [0, 10], ..default() }, "crop");
    refuses(AugmentConfig { grey: 1.5, ..default() }, "grey");
    refuses(AugmentConfig { mosaic: -0.5, ..default() }, "mosaic");
    refuses(AugmentConfig { copy_paste: 2.0, ..default() }, "copy_paste");
    refuses(AugmentConfig { counterstain: -0.1, ..default() }, "counterstain");
    refuses(AugmentConfig { min_visible: f32::NAN, ..default() }, "min_visible");
    refuses(AugmentConfig { scale: [0.0, 1.0], ..default() }, "scale");
    refuses(AugmentConfig { scale: [1.0, f32::INFINITY], ..default() }, "scale");
    refuses(AugmentConfig { gamma: jitter(0.5, [2.0, 1.0]), ..default() }, "gamma");
    refuses(AugmentConfig { noise: jitter(0.5, [-0.1, 1.0]), ..default() }, "noise");
    refuses(AugmentConfig { hue: jitter(-0.5, [-0.1, 0.1]), ..default() }, "hue");
    let config: AugmentConfig = serde_json::from_str(r#"{ "crop": [64, 64], "invert": 0 }"#).unwrap();
    assert_eq!(config, AugmentConfig { crop: [64, 64], invert: 0.0, ..default() });
    assert!(serde_json::from_str::<AugmentConfig>(r#"{ "cropp": [64, 64] }"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn masks_are_where_the_pixels_are(
        seed: u64,
        width in 20usize..120,
        height in 20usize..120,
        min_size in 16usize..150,
        crop_height in 8usize..100,
        crop_width in 8usize..100,
    ) {
        let sample = coloured(width, height);
        let config = AugmentConfig { crop: [crop_height, crop_width], min_pixels: 1, min_visible: 0.0, ..geometric() };
        let shown = Augment::new(config, &transform(min_size)).unwrap().apply(&sample, &mut Random::new(seed)).unwrap();
        prop_assert!(shown.image.width() <= crop_width && shown.image.height() <= crop_height);
        masks_follow_pixels(&shown);
    }

    #[test]
    fn samples_are_sound_whatever_is_drawn(seed: u64, width in 1usize..90, height in 1usize..90) {
        let sample = coloured(90, 70);
        let augment = Augment::new(AugmentConfig { crop: [height, width], ..AugmentConfig::default() }, &transform(80)).unwrap();
        let shown = augment.apply(&sample, &mut Random::new(seed)).unwrap();
        prop_assert_eq!(&shown, &augment.apply(&sample, &mut Random::new(seed)).unwrap());
        let (width, height) = (shown.image.width() as f32, shown.image.height() as f32);
        let boxes = shown.objects.iter().map(|object| &object.bounding_box).chain(&shown.ignored);
        for BoundingBox { x1, y1, x2, y2 } in boxes {
            prop_assert!(0.0 <= *x1 && x1 < x2 && *x2 <= width && 0.0 <= *y1 && y1 < y2 && *y2 <= height);
        }
    }
}
