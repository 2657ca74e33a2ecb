//! The learning rate over a training.

use maskrcnn_web::Error;
use maskrcnn_web::train::{Decay, ScheduleConfig};

fn schedule(decay: Decay) -> ScheduleConfig {
    let milestones = vec![6, 9];
    ScheduleConfig { steps: 11, warmup: 4, warmup_factor: 0.2, decay, final_factor: 0.1, milestones, gamma: 0.5 }
}

fn factors(decay: Decay) -> Vec<f64> {
    (0..11).map(|step| schedule(decay).factor(step)).collect()
}

#[track_caller]
fn assert_close(ours: &[f64], expected: &[f64]) {
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.iter().zip(expected) {
        assert!((ours - expected).abs() < 1e-12, "{ours} instead of {expected}");
    }
}

#[test]
fn it_rises_in_equal_steps_and_then_stays() {
    assert_close(&factors(Decay::Constant), &[0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
}

#[test]
fn a_cosine_ends_at_its_final_factor_in_the_last_step() {
    let factors = factors(Decay::Cosine);
    assert_close(&factors[4..5], &[1.0]);
    assert_close(&factors[7..8], &[0.55]);
    assert_close(&factors[10..], &[0.1]);
    assert!(factors[4..].is_sorted_by(|a, b| a > b), "{factors:?}");
    assert_close(&[schedule(Decay::Cosine).factor(1000)], &[0.1]);
}

#[test]
fn steps_fall_at_milestones() {
    assert_close(&factors(Decay::Step)[4..], &[1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]);
}

#[test]
fn without_a_warm_up_it_is_full_at_once() {
    let schedule = ScheduleConfig { warmup: 0, ..schedule(Decay::Cosine) };
    assert_close(&[schedule.factor(0), schedule.factor(10)], &[1.0, 0.1]);
}

#[test]
fn what_is_out_of_range_is_named() {
    let refused = |config: ScheduleConfig, key: &str| match config.check() {
        Err(Error::InvalidInput(reason)) => assert!(reason.contains(&format!("schedule.{key}")), "{reason}"),
        other => panic!("{key}: {other:?}"),
    };
    assert_eq!(schedule(Decay::Step).check(), Ok(()));
    refused(ScheduleConfig { steps: 0, ..schedule(Decay::Cosine) }, "steps");
    refused(ScheduleConfig { final_factor: f64::NAN, ..schedule(Decay::Cosine) }, "final_factor");
    refused(ScheduleConfig { milestones: vec![9, 6], ..schedule(Decay::Step) }, "milestones");
    refused(ScheduleConfig { milestones: vec![], ..schedule(Decay::Step) }, "milestones");
}
