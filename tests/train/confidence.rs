//! How sure a network says that it is.

use maskrcnn_web::train::with_even_score;
use maskrcnn_web::weights::StateDict;

use crate::reference::{file, tiny};

const BIAS: &str = "roi_heads.box_predictor.cls_score.bias";

fn bias(state: &StateDict) -> Vec<f32> {
    state.get(BIAS).unwrap().to_f32().unwrap()
}

/// The score of an object whose logit is `logit`, beside the background alone.
fn score(logit: f64, background: f64) -> f64 {
    1.0 / (1.0 + (background - logit).exp())
}

#[test]
fn the_score_that_was_asked_for_becomes_a_half() {
    let before = bias(&tiny());
    let after = bias(&with_even_score(tiny(), 0.74).unwrap());
    assert_eq!(after[1..], before[1..]);
    let grown = f64::from(after[0]) - f64::from(before[0]);
    let logit = (0.74f64 / 0.26).ln();
    assert!((score(logit, 0.0) - 0.74).abs() < 1e-12 && (score(logit, grown) - 0.5).abs() < 1e-6);
    // What was surer than that still is, and the other way round.
    assert!(score(logit + 0.1, grown) > 0.5 && score(logit - 0.1, grown) < 0.5);
    assert_eq!(bias(&with_even_score(tiny(), 0.5).unwrap()), before);
}

#[test]
fn detectron2_has_the_background_last() {
    let detectron2 = || StateDict::from_bytes(file("tests/reference/detectron2.pkl")).unwrap();
    let (before, after) = (bias(&detectron2()), bias(&with_even_score(detectron2(), 0.9).unwrap()));
    let last = before.len() - 1;
    assert_eq!(after[..last], before[..last]);
    assert!((after[last] - before[last] - 9f32.ln()).abs() < 1e-6);
}

#[test]
fn what_is_no_score_is_refused() {
    for score in [0.0, 1.0, -0.5, 2.0, f64::NAN] {
        assert_eq!(with_even_score(tiny(), score).unwrap_err().code(), "invalid-input", "{score}");
    }
    assert_eq!(with_even_score(StateDict::default(), 0.7).unwrap_err().code(), "weights-incompatible");
}
