use maskrcnn_web::eval::{box_overlap, mask_overlap};
use maskrcnn_web::structures::Rle;
use proptest::prelude::*;

#[test]
fn boxes_overlap_by_their_areas() {
    let (found, truth) = ([0.0, 0.0, 4.0, 2.0], [2.0, 1.0, 4.0, 5.0]);
    assert_eq!(box_overlap(&found, &truth, false), 2.0 / 26.0);
    assert_eq!(box_overlap(&found, &truth, true), 2.0 / 8.0);
    assert_eq!(box_overlap(&found, &[4.0, 0.0, 1.0, 1.0], false), 0.0);
    assert_eq!(box_overlap(&[0.0; 4], &[0.0; 4], false), 0.0);
}

#[test]
fn masks_of_different_pictures_do_not_compare() {
    let mask = |width, height| Rle::from_mask(width, height, &vec![1; width * height]).unwrap();
    assert_eq!(mask_overlap(&mask(2, 3), &mask(3, 2), false), None);
    assert_eq!(mask_overlap(&mask(2, 3), &mask(2, 3), false), Some(1.0));
}

/// Two masks of the same size.
fn masks() -> impl Strategy<Value = (usize, usize, Vec<u8>, Vec<u8>)> {
    (1usize..12, 1usize..12, 0.0..1.0f64).prop_flat_map(|(width, height, density)| {
        let pixels = || {
            let pixel = prop::bool::weighted(density).prop_map(u8::from);
            prop::collection::vec(pixel, width * height)
        };
        (Just(width), Just(height), pixels(), pixels())
    })
}

proptest! {
    #[test]
    fn masks_overlap_by_their_pixels((width, height, a, b) in masks()) {
        let count = |of: fn(bool, bool) -> bool| a.iter().zip(&b).filter(|&(&a, &b)| of(a == 1, b == 1)).count() as f64;
        let (both, either, first) = (count(|a, b| a && b), count(|a, b| a || b), count(|a, _| a));
        let rle = |pixels: &[u8]| Rle::from_mask(width, height, pixels).unwrap();
        let share = |whole: f64| if both == 0.0 { 0.0 } else { both / whole };
        prop_assert_eq!(mask_overlap(&rle(&a), &rle(&b), false), Some(share(either)));
        prop_assert_eq!(mask_overlap(&rle(&a), &rle(&b), true), Some(share(first)));
    }

    #[test]
    fn masks_are_the_union_of_their_runs((width, height, a, b) in masks()) {
        let rle = |pixels: &[u8]| Rle::from_mask(width, height, pixels).unwrap();
        let union: Vec<u8> = a.iter().zip(&b).map(|(a, b)| a | b).collect();
        let runs = rle(&b).runs().chain(rle(&a).runs()).collect();
        prop_assert_eq!(Rle::from_runs(width, height, runs).unwrap(), rle(&union));
    }
}
