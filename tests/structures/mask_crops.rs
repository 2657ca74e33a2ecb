//! Run lengths of cropped masks, against plain pixels.

use maskrcnn_web::structures::{MaskCrops, MaskRect};
use proptest::prelude::*;

fn mask() -> impl Strategy<Value = (MaskRect, Vec<u8>)> {
    (0..50usize, 0..50usize, 0..9usize, 0..9usize).prop_flat_map(|(x, y, width, height)| {
        let pixels = proptest::collection::vec(0..2u8, width * height);
        (Just(MaskRect { x, y, width, height }), pixels)
    })
}

/// The pixels inside, as column and row in the image.
fn points(rect: MaskRect, pixels: &[u8]) -> Vec<(usize, usize)> {
    let inside = pixels.iter().enumerate().filter(|(_, pixel)| **pixel != 0);
    inside.map(|(i, _)| (rect.x + i % rect.width, rect.y + i / rect.width)).collect()
}

proptest! {
    #[test]
    fn pixels_come_back_as_they_went_in(masks in proptest::collection::vec(mask(), 0..6)) {
        let mut crops = MaskCrops::default();
        for (rect, pixels) in &masks {
            crops.push(*rect, pixels);
        }
        prop_assert_eq!(crops.len(), masks.len());
        for (index, (rect, pixels)) in masks.iter().enumerate() {
            let expected = points(*rect, pixels);
            prop_assert_eq!(&points(crops.rect(index), &crops.pixels(index)), &expected);
            let spans = crops.spans(index).flat_map(|span| (span.start..span.end).map(move |x| (x, span.y)));
            prop_assert_eq!(spans.collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(crops.area(index), expected.len() as u64);
        }
    }

    #[test]
    fn the_rectangle_is_no_larger_than_its_pixels((rect, pixels) in mask()) {
        let mut crops = MaskCrops::default();
        crops.push(rect, &pixels);
        let points = points(rect, &pixels);
        let tight = crops.rect(0);
        if points.is_empty() {
            prop_assert_eq!((tight.width, tight.height), (0, 0));
        } else {
            let (columns, rows): (Vec<_>, Vec<_>) = points.into_iter().unzip();
            prop_assert_eq!(tight.x, *columns.iter().min().unwrap());
            prop_assert_eq!(tight.y, *rows.iter().min().unwrap());
            prop_assert_eq!(tight.x + tight.width - 1, *columns.iter().max().unwrap());
            prop_assert_eq!(tight.y + tight.height - 1, *rows.iter().max().unwrap());
        }
    }

    #[test]
    fn selected_masks_are_the_same_masks(masks in proptest::collection::vec(mask(), 1..6), seed in 0..100usize) {
        let mut crops = MaskCrops::default();
        masks.iter().for_each(|(rect, pixels)| crops.push(*rect, pixels));
        let chosen = [seed % masks.len(), (seed / 7) % masks.len()];
        let selected = crops.select(&chosen);
        for (new, old) in chosen.into_iter().enumerate() {
            prop_assert_eq!(selected.rect(new), crops.rect(old));
            prop_assert_eq!(selected.runs(new), crops.runs(old));
        }
    }
}

#[test]
fn parts_that_do_not_fit_together_are_errors() {
    let rect = MaskRect { x: 3, y: 4, width: 2, height: 2 };
    let masks = |rects, ends, runs: &[u32]| MaskCrops::from_runs(rects, ends, runs.to_vec(), (10, 10));
    let whole = masks(vec![rect], vec![3], &[1, 2, 1]).unwrap();
    assert_eq!(whole.pixels(0), [0, 1, 1, 0]);

    masks(vec![rect], vec![3], &[1, 2, 2]).unwrap_err();
    masks(vec![rect], vec![4], &[1, 0, 2, 1]).unwrap_err();
    masks(vec![rect], vec![2], &[1, 2, 1]).unwrap_err();
    masks(vec![rect, rect], vec![3, 0], &[]).unwrap_err();
    masks(vec![rect], vec![], &[1, 2, 1]).unwrap_err();
    masks(vec![MaskRect { x: 9, ..rect }], vec![3], &[1, 2, 1]).unwrap_err();
    masks(vec![MaskRect { y: usize::MAX, ..rect }], vec![3], &[1, 2, 1]).unwrap_err();
}
