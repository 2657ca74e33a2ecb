//! The proposals of a whole batch at once against those of its images by themselves.

use burn::tensor::Tensor;
use maskrcnn_web::config::ProposalSettings;
use maskrcnn_web::image::Image;
use maskrcnn_web::model::rpn::{entries_at_once, propose, propose_batch};
use maskrcnn_web::ops::ABSENT;
use maskrcnn_web::weights::WeightsOptions;

use crate::{devices, tiny};

/// Boxes and scores up to the first absent one.
fn present(boxes: Tensor<2>, scores: Tensor<1>) -> (Vec<f32>, Vec<f32>) {
    let values = |data: burn::tensor::TensorData| data.try_into_vec::<f32>().expect("floats");
    let (mut boxes, mut scores) = (values(boxes.into_data()), values(scores.into_data()));
    let count = scores.iter().position(|&score| score == ABSENT).unwrap_or(scores.len());
    assert!(scores[count..].iter().all(|&score| score == ABSENT), "a proposal behind an absent one");
    scores.truncate(count);
    boxes.truncate(count * 4);
    (boxes, scores)
}

#[test]
fn proposals_of_a_batch_are_those_of_its_pictures() {
    let pixels = |width: usize, height: usize, factor: usize| {
        let samples = (0..width * height * 3).map(|index| (index * index * factor % 251) as u8);
        Image::from_rgb(width, height, &samples.collect::<Vec<u8>>()).expect("a picture")
    };
    let images = [pixels(60, 90, 7), pixels(120, 50, 11), pixels(64, 64, 13)];
    for device in devices() {
        let model = tiny(&WeightsOptions::default(), &device);
        let (network, mut settings) = (&model.network, model.settings.clone());
        let batch = settings.input.normalise(&images, &device).expect("a batch");
        let outputs = network.rpn(&network.pyramid(network.stages(batch.input.clone())));
        // Fewer than there are, and more, so that some are absent.
        for (pre_nms_top_n, post_nms_top_n) in [(40, 15), (500, 2000)] {
            settings.proposals = ProposalSettings { pre_nms_top_n, post_nms_top_n, ..settings.proposals };
            let alone: Vec<_> = (0..images.len())
                .map(|entry| {
                    let candidates = network.candidates(&settings, &batch, &outputs, entry..entry + 1);
                    let proposals = propose(&settings.proposals, candidates);
                    present(proposals.boxes, proposals.scores)
                })
                .collect();
            assert!(alone[0] != alone[1] && alone[1] != alone[2] && !alone[0].1.is_empty(), "pictures that differ");
            for entries in [0..3, 1..3, 2..3] {
                let candidates = network.candidates(&settings, &batch, &outputs, entries.clone());
                let together = propose_batch(&settings.proposals, candidates, entries.len());
                for (index, entry) in entries.enumerate() {
                    let boxes = together.boxes.clone().narrow(0, index, 1).squeeze_dim(0);
                    let scores = together.scores.clone().narrow(0, index, 1).squeeze_dim(0);
                    assert!(present(boxes, scores) == alone[entry], "picture {entry} on {device:?}");
                }
            }
        }
        assert!(entries_at_once(&outputs) >= images.len(), "small pictures are proposed for at once");
    }
}

/// 32 million values: at 800×1344 pixels an image has 201,600 anchors on its largest level, of five side by side.
#[test]
fn large_pictures_are_proposed_for_in_parts() {
    let output = |height, width| maskrcnn_web::model::rpn::RpnOutput {
        objectness: Tensor::zeros([9, 3, height, width], &burn::tensor::Device::flex()),
        deltas: Tensor::zeros([9, 12, 1, 1], &burn::tensor::Device::flex()),
    };
    let levels = [(200, 336), (100, 168), (50, 84), (25, 42), (13, 21)];
    assert_eq!(entries_at_once(&levels.map(|(height, width)| output(height, width))), 8);
}
