//! Several images made one: mosaics, and objects pasted from one image into another.

use maskrcnn_web::image::Image;
use maskrcnn_web::structures::{BoundingBox, MaskRect};
use maskrcnn_web::train::{Augment, AugmentConfig, LabelledClasses, Object, ObjectMask, Random, Sample};
use proptest::prelude::*;

use crate::augment::{geometric, masks_follow_pixels, transform};
use crate::fixtures::coloured;

/// Mosaics and pasting as often as given, of variations of one image.
fn combined(config: AugmentConfig, seed: u64) -> Sample {
    let augment = Augment::new(config, &transform(60)).unwrap();
    let mut random = Random::new(seed);
    let image = coloured(90, 70);
    let sample = augment.apply(&image, &mut random).unwrap();
    augment.combine(sample, |random| augment.apply(&coloured(61, 83), random).map(Some), &mut random).unwrap()
}

/// A square of a class and a colour.
fn square(side: usize, (x, y): (usize, usize), class_id: usize, colour: u8) -> Sample {
    let mut rgb = vec![0; 40 * 40 * 3];
    for pixel in (0..side * side).map(|i| (y + i / side) * 40 + x + i % side) {
        rgb[pixel * 3..pixel * 3 + 3].fill(colour);
    }
    let part = MaskRect { x, y, width: side, height: side };
    let mask = ObjectMask { part, pixels: vec![1; side * side] };
    let object = Object { bounding_box: mask.bounding_box(), class_id, mask: Some(mask) };
    let image = Image::from_rgb(40, 40, &rgb).unwrap();
    Sample { image, objects: vec![object], ignored: vec![], labelled: LabelledClasses::All }
}

/// `from` pasted into `sample` with the first seed with which its object is chosen.
fn pasted(sample: &Sample, from: &Sample, min_visible: f32) -> Sample {
    let config = AugmentConfig { copy_paste: 1.0, min_visible, ..AugmentConfig::off() };
    let augment = Augment::new(config, &transform(40)).unwrap();
    let results = (0..20).map(|seed| {
        let other = |_: &mut Random| Ok(Some(from.clone()));
        augment.combine(sample.clone(), other, &mut Random::new(seed)).unwrap()
    });
    results.into_iter().find(|result| result != sample).expect("an object is pasted half of the time")
}

#[test]
fn what_a_pasted_object_covers_is_no_longer_of_the_others() {
    let (under, over) = (square(20, (5, 5), 1, 100), square(20, (15, 5), 2, 200));
    let result = pasted(&under, &over, 0.2);
    let [rest, new] = &result.objects[..] else { panic!("{:?}", result.objects) };
    assert_eq!((rest.class_id, rest.bounding_box), (1, BoundingBox { x1: 5.0, y1: 5.0, x2: 15.0, y2: 25.0 }));
    assert_eq!((new.class_id, new.bounding_box), (2, BoundingBox { x1: 15.0, y1: 5.0, x2: 35.0, y2: 25.0 }));
    let at = |x: usize, y: usize| result.image.rgba()[(y * 40 + x) * 4];
    assert_eq!([at(14, 10), at(15, 10), at(34, 24), at(35, 24)], [100, 200, 200, 0]);

    // Half of it is less than 0.6.
    let hidden = pasted(&under, &over, 0.6);
    assert_eq!(hidden.objects.len(), 1);
    assert_eq!(hidden.ignored, [BoundingBox { x1: 5.0, y1: 5.0, x2: 15.0, y2: 25.0 }]);
    // Nothing is left of it.
    let gone = pasted(&under, &square(30, (0, 0), 2, 200), 0.2);
    assert_eq!((gone.objects.len(), gone.ignored.len()), (1, 0));
}

#[test]
fn objects_without_a_mask_are_not_pasted() {
    let mut over = square(20, (15, 5), 2, 200);
    over.objects[0].mask = None;
    let augment = Augment::new(AugmentConfig { copy_paste: 1.0, ..AugmentConfig::off() }, &transform(40)).unwrap();
    let under = square(20, (5, 5), 1, 100);
    for seed in 0..10 {
        let other = |_: &mut Random| Ok(Some(over.clone()));
        assert_eq!(augment.combine(under.clone(), other, &mut Random::new(seed)).unwrap(), under);
    }
}

#[test]
fn a_mosaic_is_labelled_as_all_of_its_parts_are() {
    let part = |labelled| Sample { labelled, ..square(10, (5, 5), 1, 100) };
    let augment = Augment::new(AugmentConfig { mosaic: 1.0, ..AugmentConfig::off() }, &transform(40)).unwrap();
    let mosaic = |first, second: LabelledClasses| {
        let other = |_: &mut Random| Ok(Some(part(second.clone())));
        augment.combine(part(first), other, &mut Random::new(1)).unwrap().labelled
    };
    let only = |classes: &[usize]| LabelledClasses::of(classes.to_vec(), 9);
    assert_eq!(mosaic(LabelledClasses::All, LabelledClasses::All), LabelledClasses::All);
    assert_eq!(mosaic(LabelledClasses::All, only(&[2])), only(&[2]));
    assert_eq!(mosaic(only(&[1, 2, 5]), only(&[2, 3, 5])), only(&[2, 5]));
}

proptest! {
    #[test]
    fn masks_stay_where_the_pixels_are(seed: u64, mosaic in 0..2u8, copy_paste in 0..2u8) {
        let config = AugmentConfig {
            mosaic: mosaic.into(), copy_paste: copy_paste.into(), min_pixels: 1, min_visible: 0.0, ..geometric()
        };
        let sample = combined(config, seed);
        masks_follow_pixels(&sample);
        let (width, height) = (sample.image.width() as f32, sample.image.height() as f32);
        for BoundingBox { x1, y1, x2, y2 } in
            sample.objects.iter().map(|object| &object.bounding_box).chain(&sample.ignored)
        {
            prop_assert!(0.0 <= *x1 && x1 < x2 && *x2 <= width && 0.0 <= *y1 && y1 < y2 && *y2 <= height);
        }
    }
}

/// Red, green and blue of a pixel.
fn colour_at(sample: &Sample, x: usize, y: usize) -> [u8; 3] {
    let at = (y * sample.image.width() + x) * 4;
    sample.image.rgba()[at..at + 3].try_into().unwrap()
}

#[test]
fn a_counterstain_leaves_the_objects_and_gives_colours() {
    let augment = Augment::new(AugmentConfig { counterstain: 1.0, ..AugmentConfig::off() }, &transform(40)).unwrap();
    let bright = square(12, (14, 14), 1, 180);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let result = augment.apply(&bright, &mut Random::new(seed)).unwrap();
        assert_eq!(result.objects, bright.objects);
        let pixels = || result.image.rgba().as_chunks::<4>().0.iter();
        assert!(pixels().any(|[red, green, blue, _]| red != green || green != blue), "seed {seed}");
        // What had no light gets some from the other stain, and the object keeps its own.
        assert!(pixels().filter(|pixel| pixel[..3].iter().any(|&light| light > 8)).count() > 144, "seed {seed}");
        assert!(colour_at(&result, 20, 20).into_iter().max() >= Some(180), "seed {seed}");
        seen.insert(colour_at(&result, 20, 20).map(|light| light >= 180));
    }
    assert!(seen.len() > 3, "{seen:?}");
}

#[test]
fn only_bright_objects_of_grey_images_are_counterstained() {
    let augment = Augment::new(AugmentConfig { counterstain: 1.0, ..AugmentConfig::off() }, &transform(60)).unwrap();
    let colours = coloured(60, 60);
    let mut dark = square(12, (14, 14), 1, 0);
    dark.image = Image::from_rgb(40, 40, &[200; 40 * 40 * 3]).unwrap();
    let empty = Sample { objects: vec![], ..square(12, (14, 14), 1, 180) };
    for sample in [colours, dark, empty] {
        let plain = Augment::new(AugmentConfig::off(), &transform(60)).unwrap();
        let expected = plain.apply(&sample, &mut Random::new(3)).unwrap();
        assert_eq!(augment.apply(&sample, &mut Random::new(3)).unwrap(), expected);
    }
}
