use maskrcnn_web::config::RoiPooling;
use maskrcnn_web::image::Image;
use maskrcnn_web::structures::Detections;
use maskrcnn_web::weights::WeightsOptions;
use maskrcnn_web::{Error, Settings};

use crate::{devices, predict, tiny, with};

fn picture() -> Image {
    let bytes: Vec<u8> = (0..96 * 128 * 3).map(|i| (i * 7919 % 251) as u8).collect();
    Image::from_rgb(128, 96, &bytes).expect("a picture")
}

fn boxes(found: &Detections) -> Vec<(usize, f32, f32)> {
    found.items.iter().map(|item| (item.class_id, item.score, item.bounding_box.x1)).collect()
}

/// Mask R-CNN is Faster R-CNN with a mask for each detection: without it, the rest is the same.
#[test]
fn without_masks_it_is_a_faster_rcnn() {
    for device in devices() {
        let with = tiny(&WeightsOptions::default(), &device);
        let without = tiny(&WeightsOptions { masks: Some(false), ..WeightsOptions::default() }, &device);
        let with = predict(&with, &[picture()]).expect("detections");
        let without = predict(&without, &[picture()]).expect("detections");
        assert!(!with[0].items.is_empty());
        assert_eq!(boxes(&with[0]), boxes(&without[0]), "on {device:?}");
        assert!(with[0].items.iter().all(|item| item.mask.is_some()));
        assert!(without[0].items.iter().all(|item| item.mask.is_none()));
    }
}

/// The paper's comparison: another pooling, the same weights.
#[test]
fn roi_pool_gives_other_detections_than_roi_align() {
    for device in devices() {
        let network = tiny(&WeightsOptions::default(), &device);
        let aligned = predict(&network, &[picture()]).expect("detections");
        let network = with(network, |settings| settings.detections.pooling = RoiPooling::Pool);
        let pooled = predict(&network, &[picture()]).expect("detections");
        assert!(!pooled[0].items.is_empty());
        assert_ne!(boxes(&aligned[0]), boxes(&pooled[0]), "on {device:?}");
    }
}

#[test]
fn threshold_and_limit_choose_among_the_same_detections() {
    for device in devices() {
        let network = tiny(&WeightsOptions::default(), &device);
        let all = predict(&network, &[picture()]).expect("detections");
        let scores: Vec<f32> = all[0].items.iter().map(|item| item.score).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "the best comes first");
        let threshold = (scores[2] + scores[3]) / 2.0;

        let surer = with(network.clone(), |settings| settings.detections.score_threshold = threshold);
        let likely = predict(&surer, &[picture()]).expect("detections");
        assert_eq!(boxes(&likely[0]), boxes(&all[0])[..3], "on {device:?}");

        let fewer = with(network, |settings| settings.detections.max_detections = 2);
        let best = predict(&fewer, &[picture()]).expect("detections");
        assert_eq!(boxes(&best[0]), boxes(&all[0])[..2], "on {device:?}");
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    for device in devices() {
        let network = tiny(&WeightsOptions::default(), &device);
        let changes: [fn(&mut Settings); 4] = [
            |settings| settings.detections.score_threshold = 1.5,
            |settings| settings.detections.score_threshold = f32::NAN,
            |settings| settings.detections.max_detections = 0,
            |settings| settings.detections.max_detections = 1001,
        ];
        for change in changes {
            let refusal = predict(&with(network.clone(), change), &[picture()]).expect_err("refused");
            assert_eq!(refusal.code(), "invalid-input", "{refusal}");
        }
    }
}

#[test]
fn nothing_in_gives_nothing_out() {
    for device in devices() {
        let network = tiny(&WeightsOptions::default(), &device);
        assert_eq!(predict(&network, &[]), Ok(vec![]));
        let certain = with(network, |settings| settings.detections.score_threshold = 1.0);
        let found = predict(&certain, &[picture()]).expect("detections");
        assert!(found[0].items.is_empty(), "no score exceeds 1");
        assert_eq!((found[0].width, found[0].height), (128, 96));
    }
    assert!(matches!(Image::from_rgba(0, 4, vec![]), Err(Error::InvalidInput(_))));
}
