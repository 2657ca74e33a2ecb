use burn::tensor::Device;
use maskrcnn_web::image::Image;
use maskrcnn_web::weights::WeightsOptions;
use proptest::prelude::*;

use crate::{devices, predict, tiny, with};

fn check(width: usize, height: usize, rgba: Vec<u8>, devices: &[Device]) {
    let image = Image::from_rgba(width, height, rgba).expect("a picture");
    for device in devices {
        let network = tiny(&WeightsOptions::default(), device);
        let found = predict(&network, std::slice::from_ref(&image)).expect("detections");
        assert_eq!((found[0].width, found[0].height), (width, height));
        for item in &found[0].items {
            let area = &item.bounding_box;
            assert!(area.x1 >= 0.0 && area.y1 >= 0.0 && area.x1 <= area.x2 && area.y1 <= area.y2, "{area:?}");
            let slack = 1e-3;
            assert!(area.x2 <= width as f32 + slack && area.y2 <= height as f32 + slack, "{area:?}");
            assert!((0.05..=1.0).contains(&item.score) && (1..91).contains(&item.class_id));
            let mask = item.mask.as_ref().expect("a mask");
            assert!(mask.size == 28 && mask.probabilities.len() == 784);
            assert!(mask.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}

#[test]
fn one_pixel() {
    check(1, 1, vec![200, 100, 50, 255], &devices());
}

#[test]
fn a_line_of_pixels() {
    check(4000, 3, (0..4000 * 3 * 4).map(|i| (i % 241) as u8).collect(), &devices());
    check(3, 4000, (0..4000 * 3 * 4).map(|i| (i % 239) as u8).collect(), &[Device::flex()]);
}

#[test]
fn one_colour_only() {
    for colour in [0, 128, 255] {
        check(150, 100, vec![colour; 150 * 100 * 4], &[Device::flex()]);
    }
}

#[test]
fn transparency_is_not_seen() {
    let opaque: Vec<u8> = (0..64 * 64 * 4).map(|i| if i % 4 == 3 { 255 } else { (i % 251) as u8 }).collect();
    let transparent: Vec<u8> = opaque.iter().enumerate().map(|(i, &b)| if i % 4 == 3 { 0 } else { b }).collect();
    for device in devices() {
        let network = tiny(&WeightsOptions::default(), &device);
        let [a, b] = [opaque.clone(), transparent.clone()].map(|rgba| {
            let image = Image::from_rgba(64, 64, rgba).expect("a picture");
            predict(&network, &[image]).expect("detections")
        });
        assert_eq!(a, b, "on {device:?}");
    }
}

#[test]
fn wrong_sizes_are_refused() {
    for (width, height, bytes) in [(0, 0, 0), (0, 5, 0), (5, 0, 0), (2, 2, 15), (2, 2, 17), (20_000, 1, 80_000)] {
        let refusal = Image::from_rgba(width, height, vec![0; bytes]).expect_err("refused");
        assert_eq!(refusal.code(), "invalid-input", "{width}×{height} of {bytes} bytes");
    }
}

#[test]
fn a_network_input_beyond_all_limits_is_refused() {
    let device = Device::flex();
    let network = with(tiny(&WeightsOptions::default(), &device), |settings| {
        settings.input.min_size = 8000;
        settings.input.max_size = 8000;
    });
    let image = Image::from_rgba(8, 8, vec![0; 256]).expect("a picture");
    let refusal = predict(&network, &[image]).expect_err("refused");
    assert_eq!(refusal.code(), "invalid-input");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_size_works(width in 1usize..300, height in 1usize..300, seed in 0usize..1000) {
        check(width, height, (0..width * height * 4).map(|i| ((i * 31 + seed) * 7919 % 253) as u8).collect(), &[Device::flex()]);
    }
}
