//! What boxes and masks are to become.

use burn::tensor::{Device, Tensor, TensorData};
use maskrcnn_web::ops::box_coder::{BOX_WEIGHTS, RPN_WEIGHTS, decode};
use maskrcnn_web::structures::{BoundingBox, Mask, MaskRect, paste};
use maskrcnn_web::train::{ObjectMask, encode, mask_target};
use proptest::prelude::*;

use crate::reference::Reference;

fn any_box() -> impl Strategy<Value = [f32; 4]> {
    (-50.0f32..500.0, -50.0f32..500.0, 2.0f32..300.0, 2.0f32..300.0).prop_map(|(x, y, w, h)| [x, y, x + w, y + h])
}

fn bounding_box([x1, y1, x2, y2]: [f32; 4]) -> BoundingBox {
    BoundingBox { x1, y1, x2, y2 }
}

proptest! {
    /// Scales of up to 62.5 are decoded, which no two of these boxes need more of than 150.
    #[test]
    fn what_is_encoded_is_decoded_again(object in any_box(), reference in any_box()) {
        let (object, reference) = (object, reference);
        let sides = |[x1, y1, x2, y2]: [f32; 4]| (x2 - x1, y2 - y1);
        let ((width, height), (from_width, from_height)) = (sides(object), sides(reference));
        prop_assume!(width / from_width < 62.0 && height / from_height < 62.0);
        for weights in [RPN_WEIGHTS, BOX_WEIGHTS] {
            let deltas = encode(&bounding_box(object), &bounding_box(reference), weights);
            let tensor = |values: [f32; 4]| {
                Tensor::<2>::from_data(TensorData::new(values.to_vec(), [1, 4]), &Device::flex())
            };
            let decoded: Vec<f32> = decode(tensor(deltas), tensor(reference), weights).into_data().iter().collect();
            for (found, expected) in decoded.iter().zip(object) {
                prop_assert!((found - expected).abs() < 2e-3, "{decoded:?} for {object:?}");
            }
        }
    }
}

#[test]
fn masks_are_cut_out_as_torchvision_does() {
    let reference = Reference::read();
    let sample = &reference.samples()[0];
    let mask = sample.objects[0].mask.as_ref().unwrap();
    let expected = reference.floats("mask_targets.values");
    let picture = (sample.image.height(), sample.image.width());
    let regions = reference.boxes("mask_targets.regions");
    assert_eq!(regions.len() * 28 * 28, expected.len());
    for (region, expected) in regions.iter().zip(expected.chunks_exact(28 * 28)) {
        let found = mask_target(mask, region, 28, picture, false);
        let farthest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(farthest < 2e-5, "{region:?}: {farthest}");
    }
}

#[test]
fn a_full_mask_is_full_within_its_box_and_empty_outside() {
    let part = MaskRect { x: 8, y: 4, width: 20, height: 10 };
    let mask = ObjectMask { part, pixels: vec![1; 200] };
    let target = mask_target(&mask, &bounding_box([10.0, 5.0, 26.0, 12.0]), 7, (40, 40), false);
    assert!(target.iter().all(|value| (value - 1.0).abs() < 1e-6), "{target:?}");
    let target = mask_target(&mask, &bounding_box([30.0, 20.0, 38.0, 30.0]), 7, (40, 40), false);
    assert_eq!(target, vec![0.0; 49]);
    let target = mask_target(
        &ObjectMask { part, pixels: vec![0; 200] },
        &bounding_box([8.0, 4.0, 28.0, 14.0]),
        7,
        (40, 40),
        false,
    );
    assert_eq!(target, vec![0.0; 49]);
}

/// What the mask branch is taught is, brought back to the image, the mask again: nothing is shifted.
#[test]
fn an_aligned_mask_comes_back_as_it_was() {
    let (side, radius) = (40, 6.4);
    let inside = |x: usize, y: usize| {
        let (dx, dy) = (x as f32 + 0.5 - 19.3, y as f32 + 0.5 - 20.6);
        u8::from(dx * dx + dy * dy <= radius * radius)
    };
    let pixels: Vec<u8> = (0..side * side).map(|pixel| inside(pixel % side, pixel / side)).collect();
    let mask = ObjectMask { part: MaskRect { x: 0, y: 0, width: side, height: side }, pixels: pixels.clone() };
    let region = bounding_box([12.4, 13.7, 26.1, 27.5]);
    let different = |aligned: bool| {
        let probabilities = mask_target(&mask, &region, 28, (side, side), aligned);
        let pasted = paste(&Mask { size: 28, probabilities, aligned }, &region, side, side);
        let found = pasted.binary(0.5);
        let at = |x: usize, y: usize| {
            let (column, row) = (x.wrapping_sub(pasted.x), y.wrapping_sub(pasted.y));
            let within = column < pasted.width && row < pasted.height;
            if within { found[row * pasted.width + column] } else { 0 }
        };
        (0..side * side).filter(|pixel| at(pixel % side, pixel / side) != pixels[*pixel]).count()
    };
    assert!(different(true) <= 2, "{} pixels differ", different(true));
    assert!(different(false) >= 10, "only {} pixels differ", different(false));
}
