//! Weights in int8: how far they are from what they were, and scales that do not fit.

use burn::tensor::DType;
use maskrcnn_web::weights::{StateDict, WeightsOptions, int8, read};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::fixtures::reference;

fn both(name: &str) -> (StateDict, StateDict, Vec<u8>) {
    let full = StateDict::from_bytes(reference(name)).unwrap();
    let bytes = int8(&full).unwrap();
    (full, StateDict::from_bytes(bytes.clone()).unwrap(), bytes)
}

/// The output channel of an element of a tensor.
fn channel(name: &str, shape: &[usize], index: usize) -> usize {
    let axis = usize::from(name.contains("conv5_mask") || name.contains("deconv"));
    index / shape[axis + 1..].iter().product::<usize>() % shape[axis]
}

#[test]
fn every_weight_is_within_half_a_step_of_its_channel() {
    for file in ["tiny_v2.safetensors", "detectron2.pkl"] {
        let (full, small, bytes) = both(file);
        assert!(bytes.len() * 3 < reference(file).len() * 2, "{file} is not much smaller");
        assert!(full.iter().map(|(name, _)| name).eq(small.iter().map(|(name, _)| name)));
        for (name, tensor) in full.iter().filter(|(_, tensor)| tensor.dtype() == DType::F32) {
            let (before, after) = (tensor.to_f32().unwrap(), small.get(name).unwrap().to_f32().unwrap());
            let shape = tensor.shape();
            if shape.len() < 2 || name.contains("cell_anchors") {
                assert_eq!(before, after, "{name}");
                continue;
            }
            let mut largest = vec![0.0_f32; before.len()];
            for (index, value) in before.iter().enumerate() {
                let largest = &mut largest[channel(name, shape, index)];
                *largest = largest.max(value.abs());
            }
            for (index, (before, after)) in before.iter().zip(&after).enumerate() {
                let step = largest[channel(name, shape, index)] / 127.0;
                assert!((before - after).abs() <= step * 0.501, "{name}[{index}]: {before} became {after}");
            }
        }
    }
}

#[test]
fn the_scales_are_those_of_output_channels() {
    let (_, _, bytes) = both("tiny_v2.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| file.tensor(name).unwrap().shape().to_vec();
    assert_eq!(file.tensor("backbone.body.conv1.weight").unwrap().dtype(), Dtype::I8);
    let deconv = shape("roi_heads.mask_predictor.conv5_mask.weight");
    assert_eq!(shape("roi_heads.mask_predictor.conv5_mask.weight.scale"), [1, deconv[1], 1, 1]);
    let linear = shape("roi_heads.box_predictor.cls_score.weight");
    assert_eq!(shape("roi_heads.box_predictor.cls_score.weight.scale"), [linear[0], 1]);
}

#[test]
fn the_network_is_the_same() {
    let (_, _, bytes) = both("tiny_v2.safetensors");
    let layout = read(bytes, &WeightsOptions::default()).unwrap().layout;
    assert_eq!(layout, read(reference("tiny_v2.safetensors"), &WeightsOptions::default()).unwrap().layout);
}

/// A file with a weight `[2, 3]` of 1 to 6 and a scale of this type and shape, all 0.5.
fn scaled(weight: Dtype, dtype: Dtype, shape: &[usize]) -> Vec<u8> {
    let size = if weight == Dtype::F32 { 4 } else { 1 };
    let numbers: Vec<u8> = (1..=6).flat_map(|number| [&[number][..], &vec![0; size - 1]].concat()).collect();
    let count: usize = shape.iter().product();
    let scale = if dtype == Dtype::F32 { 0.5_f32.to_le_bytes().repeat(count) } else { vec![1; count] };
    let views = [
        ("w", TensorView::new(weight, vec![2, 3], &numbers).unwrap()),
        ("w.scale", TensorView::new(dtype, shape.to_vec(), &scale).unwrap()),
    ];
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn a_scale_along_any_axis_is_multiplied_in() {
    for shape in [[2, 1], [1, 3], [1, 1]] {
        let state = StateDict::from_bytes(scaled(Dtype::I8, Dtype::F32, &shape)).unwrap();
        assert_eq!(state.len(), 1);
        assert_eq!(state.get("w").unwrap().to_f32().unwrap(), [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
    }
}

#[test]
fn a_scale_that_does_not_fit_is_damage() {
    for (weight, shape) in [
        (Dtype::I8, &[2][..]),
        (Dtype::I8, &[3, 1]),
        (Dtype::I8, &[2, 3]),
        (Dtype::I8, &[1, 3, 1]),
        (Dtype::F32, &[2, 1]),
        (Dtype::U8, &[2, 1]),
    ] {
        let error = StateDict::from_bytes(scaled(weight, Dtype::F32, shape)).unwrap_err();
        assert_eq!(error.code(), "weights-integrity", "{weight:?} {shape:?}: {error}");
    }
}
