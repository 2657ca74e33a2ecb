use maskrcnn_web::image::Image;
use maskrcnn_web::inference::read_backs;
use maskrcnn_web::structures::paste;
use maskrcnn_web::weights::WeightsOptions;
use safetensors::SafeTensors;

use crate::{devices, file, predict, tiny};

/// Two images of different sizes at once, against torchvision's detections on the same batch.
#[test]
fn pictures_of_two_sizes_are_as_torchvision_has_them() {
    let bytes = file("tests/reference/tiny_batch.safetensors");
    let reference = SafeTensors::deserialize(&bytes).expect("the reference is intact");
    let tensor = |picture: usize, name: &str| reference.tensor(&format!("{picture}.{name}")).expect("it is there");
    let floats = |picture: usize, name: &str| -> Vec<f32> {
        tensor(picture, name).data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    let images = [0, 1].map(|picture| {
        let pixels = tensor(picture, "image_u8");
        Image::from_rgb(pixels.shape()[1], pixels.shape()[0], pixels.data()).expect("a picture")
    });
    for device in devices() {
        let network = tiny(&WeightsOptions::default(), &device);
        let before = read_backs();
        let found = predict(&network, &images).expect("detections");
        assert!(read_backs() > before, "results come back through the counter");
        assert_eq!(found.len(), 2);
        for (picture, found) in found.iter().enumerate() {
            let (boxes, scores) = (floats(picture, "det.boxes"), floats(picture, "det.scores"));
            let bits = tensor(picture, "mask.binary_bits");
            let row_bytes = bits.shape()[2];
            assert_eq!(found.items.len(), scores.len(), "picture {picture} on {device:?}");
            let (mut equal, mut pixels) = (0, 0);
            for (index, item) in found.items.iter().enumerate() {
                let b = &item.bounding_box;
                let corners = [b.x1, b.y1, b.x2, b.y2];
                // Scores that differ by less than the noise may change places.
                let same = (0..scores.len())
                    .find(|&other| {
                        (scores[other] - item.score).abs() < 1e-3
                            && corners.iter().zip(&boxes[other * 4..]).all(|(a, b)| (a - b).abs() < 0.05)
                    })
                    .unwrap_or_else(|| panic!("picture {picture}, detection {index} on {device:?}: {item:?}"));
                let pasted = paste(item.mask.as_ref().expect("a mask"), b, found.width, found.height);
                let own = pasted.binary(0.5);
                for y in 0..found.height {
                    for x in 0..found.width {
                        let inside = (pasted.x..pasted.x + pasted.width).contains(&x)
                            && (pasted.y..pasted.y + pasted.height).contains(&y);
                        let mine = inside && own[(y - pasted.y) * pasted.width + x - pasted.x] == 1;
                        let byte = bits.data()[(same * found.height + y) * row_bytes + x / 8];
                        equal += usize::from(mine == (byte >> (7 - x % 8) & 1 == 1));
                        pixels += 1;
                    }
                }
            }
            assert!(equal * 1000 >= pixels * 999, "picture {picture} on {device:?}: {equal} of {pixels} pixels");
        }
    }
}

/// An image alone and in a batch of its own size: the same detections.
#[test]
fn a_batch_of_equals_gives_equal_results() {
    let picture: Vec<u8> = (0..96 * 128 * 3).map(|i| (i * 7919 % 251) as u8).collect();
    let image = Image::from_rgb(128, 96, &picture).expect("a picture");
    for device in devices() {
        let network = tiny(&WeightsOptions::default(), &device);
        let alone = predict(&network, std::slice::from_ref(&image)).expect("detections");
        let both = predict(&network, &[image.clone(), image.clone()]).expect("detections");
        for found in &both {
            assert_eq!(found.items.len(), alone[0].items.len());
            for (a, b) in found.items.iter().zip(&alone[0].items) {
                assert_eq!(a.class_id, b.class_id);
                assert!((a.score - b.score).abs() < 1e-4);
            }
        }
    }
}
