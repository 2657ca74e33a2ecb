use maskrcnn_web::structures::{BoundingBox, Mask, paste};
use proptest::prelude::*;

use crate::reference::{Reference, largest_error};

#[test]
fn equals_torchvision() {
    let reference = Reference::open("ops.safetensors");
    let (height, width) = (61, 83);
    let masks = reference.floats("paste.mask");
    let boxes = reference.floats("paste.boxes");
    let want = reference.floats("paste.out");
    for (index, corners) in boxes.as_chunks::<4>().0.iter().enumerate() {
        let mask = Mask { size: 28, probabilities: masks[index * 784..(index + 1) * 784].to_vec(), aligned: false };
        let [x1, y1, x2, y2] = *corners;
        let pasted = paste(&mask, &BoundingBox { x1, y1, x2, y2 }, width, height);
        let mut picture = vec![0.0; height * width];
        for row in 0..pasted.height {
            let start = (pasted.y + row) * width + pasted.x;
            picture[start..start + pasted.width]
                .copy_from_slice(&pasted.probabilities[row * pasted.width..(row + 1) * pasted.width]);
        }
        let error = largest_error(&picture, &want[index * height * width..(index + 1) * height * width]);
        assert!(error < 1e-5, "mask {index}: {error}");
    }
}

proptest! {
    #[test]
    fn stays_inside_the_picture(
        x in -50.0f32..150.0, y in -50.0f32..150.0, w in 0.0f32..200.0, h in 0.0f32..200.0,
        width in 1usize..100, height in 1usize..100, aligned: bool,
    ) {
        let mask = Mask { size: 4, probabilities: vec![1.0; 16], aligned };
        let pasted = paste(&mask, &BoundingBox { x1: x, y1: y, x2: x + w, y2: y + h }, width, height);
        prop_assert!(pasted.x + pasted.width <= width);
        prop_assert!(pasted.y + pasted.height <= height);
        prop_assert_eq!(pasted.probabilities.len(), pasted.width * pasted.height);
        prop_assert!(pasted.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        prop_assert_eq!(pasted.binary(0.5).len(), pasted.probabilities.len());
    }
}

#[test]
fn a_full_aligned_mask_covers_the_pixels_whose_centres_are_in_its_box() {
    let mask = Mask { size: 28, probabilities: vec![1.0; 784], aligned: true };
    let pasted = paste(&mask, &BoundingBox { x1: 3.4, y1: 5.6, x2: 10.4, y2: 8.4 }, 20, 20);
    let covered = |x: usize, y: usize| pasted.binary(0.5)[(y - pasted.y) * pasted.width + x - pasted.x] == 1;
    for y in pasted.y..pasted.y + pasted.height {
        for x in pasted.x..pasted.x + pasted.width {
            assert_eq!(covered(x, y), (3..10).contains(&x) && (6..8).contains(&y), "{x}, {y}");
        }
    }
    assert_eq!(pasted.binary(0.5).iter().filter(|&&pixel| pixel == 1).count(), 14);
}
