//! Single steps of a training.

use std::collections::BTreeMap;

use burn::tensor::Device;
use maskrcnn_web::train::{Sample, TrainConfig, Trainer, parameters};
use maskrcnn_web::{Error, Model};

use crate::fixtures::coloured;

/// A network so small that a step takes a moment.
pub(crate) const MICRO: &str = "
seed = 7
[network]
depths = [1, 1, 1, 1]
stem = 4
planes = [4, 4, 8, 8]
fpn_channels = 8
box_fc_channels = [16, 16]
mask_conv_channels = [8]
mask_deconv_channels = 8
[settings.input]
min_size = 32
max_size = 64
[objective]
rpn_pre_nms = 50
rpn_post_nms = 50
box_batch = 16
[augment]
crop = [32, 32]
[schedule]
steps = 6
warmup = 0
[output]
checkpoint_every = 2
";

fn trainer(changes: &[&str]) -> Trainer {
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    Trainer::new(TrainConfig::from_toml(MICRO, &changes).unwrap(), 6, None, &Device::flex()).unwrap()
}

fn samples() -> Vec<Sample> {
    vec![coloured(48, 32), coloured(32, 48)]
}

/// The network's numbers by path, and how many axes they have.
fn numbers(trainer: &Trainer) -> BTreeMap<String, (usize, Vec<f32>)> {
    let values = parameters(trainer.model()).into_iter().map(|parameter| {
        let values = parameter.value.into_data().try_into_vec().unwrap();
        (parameter.path, (parameter.shape.len(), values))
    });
    values.collect()
}

fn is_statistic(path: &str) -> bool {
    path.contains("running")
}

#[test]
fn losses_fall_on_pictures_that_are_shown_again() {
    for kind in ["adamw", "sgd"] {
        let mut trainer = trainer(&[&format!("optimizer.kind={kind}"), "optimizer.learning_rate=0.01"]);
        let losses: Vec<f32> = (0..12).map(|_| trainer.train(&samples()).unwrap().losses.total).collect();
        assert!(losses[11] < 0.9 * losses[0], "{kind}: {losses:?}");
        assert_eq!(trainer.step(), 12);
    }
}

#[test]
fn the_same_seed_gives_the_same_step() {
    let outcomes = [(); 2].map(|()| trainer(&[]).train(&samples()).unwrap());
    assert_eq!(outcomes[0], outcomes[1]);
    assert_ne!(trainer(&["seed=8"]).train(&samples()).unwrap().losses, outcomes[0].losses);
}

#[test]
fn gradients_are_clipped_to_their_norm() {
    let changes = ["optimizer.kind=sgd", "optimizer.weight_decay=0", "optimizer.learning_rate=1"];
    for (clip, share) in [("0.5", 0.5), ("1e6", f32::INFINITY), ("0", f32::INFINITY)] {
        let mut trainer = trainer(&[&changes[..], &[&format!("optimizer.clip_norm={clip}")]].concat());
        let before = numbers(&trainer);
        let norm = trainer.train(&samples()).unwrap().gradient_norm;
        let after = numbers(&trainer);
        let moved = after.iter().filter(|(path, _)| !is_statistic(path)).flat_map(|(path, (_, after))| {
            after.iter().zip(&before[path].1).map(|(after, before)| (after - before).powi(2))
        });
        let moved = moved.sum::<f32>().sqrt();
        let expected = norm.min(share);
        assert!((moved - expected).abs() < 1e-3 * expected, "{clip}: moved by {moved}, gradients of {norm}");
    }
}

#[test]
fn weights_decay_but_biases_and_normalisations_do_not() {
    let mut trainer = trainer(&["optimizer.learning_rate=1e-4", "optimizer.weight_decay=1000", "schedule.warmup=0"]);
    let before = numbers(&trainer);
    trainer.train(&samples()).unwrap();
    for (path, (axes, after)) in numbers(&trainer).into_iter().filter(|(path, _)| !is_statistic(path)) {
        let kept = if axes > 1 { 0.9 } else { 1.0 };
        for (after, before) in after.iter().zip(&before[&path].1) {
            // The first step of Adam is at most the learning rate.
            assert!((after - kept * before).abs() < 1.01e-4, "{path}: from {before} to {after}");
        }
    }
}

#[test]
fn the_average_of_the_weights_follows_them() {
    let bias = |trainer: &Trainer| {
        let state = trainer.weights().unwrap();
        state.get("rpn.head.bbox_pred.bias").unwrap().to_f32().unwrap()
    };
    let own = |trainer: &Trainer| numbers(trainer)["rpn.head.bbox_pred.bias"].1.clone();
    for (decay, kept) in [("0", 0.0), ("0.9999", 0.1)] {
        let mut trainer = trainer(&[&format!("ema.decay={decay}"), "optimizer.learning_rate=0.1"]);
        let before = own(&trainer);
        assert_eq!(bias(&trainer), before);
        trainer.train(&samples()).unwrap();
        for ((average, before), after) in bias(&trainer).iter().zip(before).zip(own(&trainer)) {
            assert!((average - (kept * before + (1.0 - kept) * after)).abs() < 1e-6, "{decay}");
        }
    }
}

#[test]
fn frozen_stages_stay_as_they_are() {
    let mut trainer = trainer(&["network.freeze_stages=2"]);
    let before = numbers(&trainer);
    trainer.train(&samples()).unwrap();
    for (path, (_, after)) in numbers(&trainer) {
        let frozen = ["conv1.", "layer1."].iter().any(|part| path.contains(&format!("body.{part}")));
        assert_eq!(after == before[&path].1, frozen, "{path}");
    }
}

#[test]
fn the_deployed_network_finds_objects() {
    let mut trainer = trainer(&[]);
    trainer.train(&samples()).unwrap();
    let Model { network, mut settings } = trainer.deployed().unwrap();
    settings.detections.score_threshold = 0.0;
    let found = futures_lite::future::block_on(network.predict(&[coloured(48, 32).image], &settings)).unwrap();
    assert!(!found[0].items.is_empty());
    assert!(found[0].items.iter().all(|item| item.score.is_finite() && item.mask.is_some()));
}

#[test]
fn numbers_that_are_not_finite_end_the_training() {
    let mut trainer = trainer(&["optimizer.learning_rate=1e30"]);
    let outcome = (0..3).find_map(|_| trainer.train(&samples()).err());
    let Some(Error::Diverged { step, what }) = outcome else { panic!("{outcome:?}") };
    assert!((1..=3).contains(&step));
    assert!(what.starts_with("the loss `") || what.starts_with("the norm"), "{what}");
}
