//! Batch normalisation folded into convolutions, against the two computed one after the other.

use maskrcnn_web::weights::{Conventions, NamedTensors, StateDict, WeightsOptions, read};

use crate::fixtures::{micro_shapes, ones, reference};

/// A convolution and its normalisation in torchvision's names, and its path in the network.
const LAYERS: [(&str, &str, &str); 3] = [
    ("backbone.body.conv1", "backbone.body.bn1", "backbone.body.conv1"),
    ("backbone.body.layer3.1.conv2", "backbone.body.layer3.1.bn2", "backbone.body.layer3.1.conv2"),
    ("backbone.body.layer2.0.downsample.0", "backbone.body.layer2.0.downsample.1", "backbone.body.layer2.0.downsample"),
];

/// The same in a narrow v2, whose pyramid and heads are normalised too.
const LAYERS_V2: [(&str, &str, &str); 4] = [
    ("backbone.body.layer1.0.conv3", "backbone.body.layer1.0.bn3", "backbone.body.layer1.0.conv3"),
    ("backbone.fpn.inner_blocks.3.0", "backbone.fpn.inner_blocks.3.1", "backbone.fpn.inner_blocks.3"),
    ("roi_heads.box_head.2.0", "roi_heads.box_head.2.1", "roi_heads.box_head.convs.2"),
    ("roi_heads.mask_head.0.0", "roi_heads.mask_head.0.1", "roi_heads.mask_head.convs.0"),
];

fn numbers(tensors: &NamedTensors, path: &str) -> Vec<f64> {
    let values: Vec<f32> = tensors.get(path).unwrap().clone().try_into_vec().unwrap();
    values.into_iter().map(f64::from).collect()
}

/// Asserts that on one patch of input the folded convolution gives what convolution and
/// normalisation with `eps` give.
fn assert_folded(state: &StateDict, tensors: &NamedTensors, (conv, norm, path): (&str, &str, &str), eps: f64) {
    let raw =
        |name: String| -> Vec<f64> { state.get(&name).unwrap().to_f32().unwrap().into_iter().map(f64::from).collect() };
    let weight = raw(format!("{conv}.weight"));
    let [gain, bias, mean, variance] =
        ["weight", "bias", "running_mean", "running_var"].map(|parameter| raw(format!("{norm}.{parameter}")));
    let (folded, folded_bias) =
        (numbers(tensors, &format!("{path}.weight")), numbers(tensors, &format!("{path}.bias")));
    let inputs = weight.len() / gain.len();
    assert_eq!((folded.len(), folded_bias.len()), (weight.len(), gain.len()));
    let patch: Vec<f64> = (0..inputs).map(|i| (i as f64 * 0.7).sin()).collect();
    let apply = |weight: &[f64]| weight.iter().zip(&patch).map(|(weight, x)| weight * x).sum::<f64>();
    for channel in 0..gain.len() {
        let row = channel * inputs..(channel + 1) * inputs;
        let normalised = (apply(&weight[row.clone()]) - mean[channel]) / (variance[channel] + eps).sqrt();
        let expected = normalised * gain[channel] + bias[channel];
        let found = apply(&folded[row]) + folded_bias[channel];
        // Single precision holds each of the folded numbers to 6e-8.
        let magnitude = mean[channel].abs().max(1.0) * gain[channel].abs() / variance[channel].sqrt();
        assert!((found - expected).abs() <= 1e-5 * magnitude.max(1.0), "{path} {channel}: {found} for {expected}");
    }
}

fn assert_all(bytes: Vec<u8>, options: &WeightsOptions, layers: &[(&str, &str, &str)], eps: f64) {
    let state = StateDict::from_bytes(bytes.clone()).unwrap();
    let tensors = read(bytes, options).unwrap().tensors;
    for &layer in layers {
        assert_folded(&state, &tensors, layer, eps);
    }
}

fn eps(batch_norm_eps: Option<f64>) -> WeightsOptions {
    let conventions = Conventions { batch_norm_eps, ..Conventions::default() };
    WeightsOptions { conventions, ..WeightsOptions::default() }
}

#[test]
fn v1_is_folded_with_eps_0_and_v2_with_1e_5() {
    assert_all(reference("micro.safetensors"), &eps(None), &LAYERS, 0.0);
    assert_all(reference("tiny_v2.safetensors"), &eps(None), &LAYERS_V2, 1e-5);
}

#[test]
fn a_given_eps_counts() {
    assert_all(reference("micro.safetensors"), &eps(Some(0.5)), &LAYERS, 0.5);
    assert_all(reference("tiny_v2.safetensors"), &eps(Some(0.25)), &LAYERS_V2, 0.25);
}

/// Where all numbers are 1 the first folded weight is `1 / sqrt(1 + eps)`.
#[test]
fn a_counter_of_batches_tells_real_batch_normalisation() {
    let frozen = micro_shapes();
    let mut trained = frozen.clone();
    trained.insert("backbone.body.bn1.num_batches_tracked".into(), vec![]);
    let first = |shapes, options: &WeightsOptions| {
        numbers(&read(ones(shapes), options).unwrap().tensors, "backbone.body.conv1.weight")[0]
    };
    assert_eq!(first(&frozen, &eps(None)), 1.0);
    assert!((first(&trained, &eps(None)) - (1.0 + 1e-5_f64).powf(-0.5)).abs() < 1e-7);
    assert!(first(&trained, &eps(None)) < 1.0);
    assert_eq!(first(&trained, &eps(Some(0.0))), 1.0);
}

#[test]
fn an_eps_that_is_none_is_invalid() {
    for value in [-1e-5, f64::NAN, f64::INFINITY] {
        let error = read(reference("micro.safetensors"), &eps(Some(value))).unwrap_err();
        assert_eq!(error.code(), "invalid-input");
    }
}
