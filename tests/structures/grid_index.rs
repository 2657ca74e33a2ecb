//! Which objects are where.

use maskrcnn_web::image::Region;
use maskrcnn_web::structures::{BoundingBox, GridIndex, MaskCrops, MaskRect, Objects};
use proptest::prelude::*;

/// Side of the image.
const SIDE: usize = 300;

fn rect() -> impl Strategy<Value = Region> {
    (0..SIDE, 0..SIDE, 0..SIDE, 0..SIDE).prop_map(|(x, y, width, height)| Region {
        x,
        y,
        width: width.min(SIDE - x),
        height: height.min(SIDE - y),
    })
}

/// Objects with random masks.
fn objects(rects: &[Region], seed: u64) -> Objects {
    let mut masks = MaskCrops::default();
    let mut bits = seed | 1;
    for rect in rects {
        let pixels: Vec<u8> = (0..rect.area())
            .map(|_| {
                bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (bits >> 63) as u8
            })
            .collect();
        masks.push(MaskRect { x: rect.x, y: rect.y, width: rect.width, height: rect.height }, &pixels);
    }
    let boxes = rects.iter().map(|rect| BoundingBox {
        x1: rect.x as f32,
        y1: rect.y as f32,
        x2: rect.right() as f32,
        y2: rect.bottom() as f32,
    });
    Objects {
        width: SIDE,
        height: SIDE,
        boxes: boxes.collect(),
        scores: vec![0.5; rects.len()],
        class_ids: vec![1; rects.len()],
        masks: Some(masks),
        truncated: false,
    }
}

/// The pixels of a mask in the image.
fn laid_out(masks: &MaskCrops, index: usize) -> Vec<u8> {
    let mut image = vec![0; SIDE * SIDE];
    for span in masks.spans(index) {
        image[span.y * SIDE + span.start..span.y * SIDE + span.end].fill(1);
    }
    image
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_reaches_into_a_region_is_found_and_what_is_at_a_pixel_exactly(
        rects in prop::collection::vec(rect(), 0..40),
        region in rect(),
        (x, y) in (0..SIDE, 0..SIDE),
        seed in any::<u64>(),
    ) {
        let objects = objects(&rects, seed);
        let masks = objects.masks.as_ref().unwrap();
        let index = GridIndex::of(&objects);
        let near = index.near(&region);
        prop_assert!(near.is_sorted_by(|a, b| a < b));
        for i in 0..objects.len() {
            prop_assert!(near.contains(&i) || objects.extent(i).intersection(&region).is_none());
        }
        let expected: Vec<usize> = (0..objects.len()).filter(|&i| laid_out(masks, i)[y * SIDE + x] == 1).collect();
        prop_assert_eq!(objects.at(&index, x, y), expected);
        let boxes_alone = Objects { masks: None, ..objects };
        let expected: Vec<usize> = (0..rects.len()).filter(|&i| {
            rects[i].intersection(&Region { x, y, width: 1, height: 1 }).is_some()
        }).collect();
        prop_assert_eq!(boxes_alone.at(&GridIndex::of(&boxes_alone), x, y), expected);
    }

    #[test]
    fn masks_overlap_as_their_pixels_do(a in rect(), b in rect(), region in rect(), seed in any::<u64>()) {
        let objects = objects(&[a, b], seed);
        let masks = objects.masks.as_ref().unwrap();
        let pixels = [laid_out(masks, 0), laid_out(masks, 1)];
        let common = pixels[0].iter().zip(&pixels[1]).filter(|(a, b)| **a + **b == 2).count();
        prop_assert_eq!(masks.intersection(0, 1), common as u64);
        let within = (region.y..region.bottom()).flat_map(|y| (region.x..region.right()).map(move |x| y * SIDE + x));
        prop_assert_eq!(masks.area_within(0, &region), within.filter(|&pixel| pixels[0][pixel] == 1).count() as u64);
    }
}

#[test]
fn nothing_is_found_outside_of_the_image() {
    let objects = objects(&[Region { x: 0, y: 0, width: SIDE, height: SIDE }], 1);
    let index = GridIndex::of(&objects);
    for (x, y) in [(SIDE, 0), (0, SIDE), (usize::MAX - 1, 5)] {
        assert_eq!(objects.at(&index, x, y), Vec::<usize>::new());
    }
    assert!(GridIndex::of(&Objects::default()).near(&Region { x: 0, y: 0, width: 9, height: 9 }).is_empty());
}
