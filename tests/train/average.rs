//! The mean of several trainings' weights.

use maskrcnn_web::train::average;
use maskrcnn_web::weights::{StateDict, single_precision};

use crate::reference::{file, tiny};

/// The numbers of a tensor of the narrow network.
fn numbers(state: &StateDict, name: &str) -> Vec<f32> {
    state.get(name).unwrap().to_f32().unwrap()
}

/// The narrow network, in which the tensor `name` is another of its tensors.
fn with(name: &str, other: &str) -> StateDict {
    let replacement = tiny().get(other).unwrap().clone();
    let tensors =
        tiny().into_iter().map(|(own, tensor)| if own == name { (own, replacement.clone()) } else { (own, tensor) });
    tensors.collect()
}

#[test]
fn tensors_are_averaged_by_their_shares() {
    let (gain, shift) = ("backbone.body.bn1.weight", "backbone.body.bn1.bias");
    let averaged = average(&[tiny(), with(gain, shift)], &[1.0, 3.0]).unwrap();
    let pairs = numbers(&tiny(), gain).into_iter().zip(numbers(&tiny(), shift));
    let expected: Vec<f32> = pairs.map(|(a, b)| ((f64::from(a) + 3.0 * f64::from(b)) / 4.0) as f32).collect();
    assert_ne!(expected, numbers(&tiny(), gain));
    assert_eq!(numbers(&averaged, gain), expected);
    // All that the two have in common stays, to the last bit.
    let same = |name: &str| numbers(&averaged, name) == numbers(&tiny(), name);
    assert!(tiny().iter().all(|(name, _)| name == gain || same(name)));
    assert_eq!(averaged.len(), tiny().len());
}

#[test]
fn counters_stay_whole_numbers() {
    let counted = || StateDict::from_bytes(file("tests/reference/tiny_v2.safetensors")).unwrap();
    let averaged = average(&[counted(), counted()], &[0.5, 0.5]).unwrap();
    assert_eq!(single_precision(&averaged).unwrap(), single_precision(&counted()).unwrap());
    assert!(averaged.iter().any(|(name, _)| name.ends_with("num_batches_tracked")));
}

#[test]
fn what_cannot_be_averaged_is_refused() {
    let code = |states: &[StateDict], shares: &[f64]| average(states, shares).unwrap_err().code();
    assert_eq!(code(&[], &[]), "invalid-input");
    for shares in [&[1.0][..], &[1.0, 0.0], &[1.0, -1.0], &[1.0, f64::NAN], &[1.0, f64::INFINITY]] {
        assert_eq!(code(&[tiny(), tiny()], shares), "invalid-input", "{shares:?}");
    }
    let other_shape = with("backbone.body.bn1.weight", "backbone.body.layer4.2.bn3.weight");
    let without_masks: StateDict = tiny().into_iter().filter(|(name, _)| !name.contains("mask")).collect();
    for other in [other_shape, without_masks] {
        assert_eq!(code(&[tiny(), other.clone()], &[1.0, 1.0]), "weights-incompatible");
        assert_eq!(code(&[other, tiny()], &[1.0, 1.0]), "weights-incompatible");
    }
}
