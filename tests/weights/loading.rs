//! Tensors put into the network's modules.

use burn::tensor::Device;
use burn_store::ModuleSnapshot;
use maskrcnn_web::Layout;
use maskrcnn_web::weights::{Weights, WeightsOptions, load, read};

use crate::fixtures::{micro_shapes, ones, reference, without_masks};

/// Every parameter holds the tensor of its path; linear layers have burn's order of axes.
fn assert_loaded(bytes: Vec<u8>) {
    let options = WeightsOptions::default();
    let Weights { layout, tensors, .. } = read(bytes.clone(), &options).unwrap();
    let model = load(bytes, &options, &Device::flex()).unwrap().network;
    assert_eq!(model.layout(), &layout);
    let parameters = model.collect(None, None, true);
    assert_eq!(parameters.len(), tensors.iter().count());
    for parameter in parameters {
        let expected = tensors.get(&parameter.name).unwrap_or_else(|| panic!("{} has no tensor", parameter.name));
        let shape: Vec<usize> = expected.shape().to_vec();
        let expected: Vec<f32> = expected.clone().try_into_vec().unwrap();
        let found: Vec<f32> = parameter
            .to_bytes()
            .unwrap()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        if let [outputs, inputs] = shape[..] {
            assert_eq!(parameter.shape[..], [inputs, outputs], "{}", parameter.name);
            assert!(
                (0..expected.len()).all(|i| found[i % inputs * outputs + i / inputs] == expected[i]),
                "{}",
                parameter.name
            );
        } else {
            assert_eq!(parameter.shape[..], shape[..], "{}", parameter.name);
            assert_eq!(found, expected, "{}", parameter.name);
        }
    }
}

#[test]
fn every_parameter_gets_its_tensor() {
    assert_loaded(reference("micro.pth"));
    assert_loaded(reference("micro_checkpoint.pth"));
    assert_loaded(reference("tiny_v2.safetensors"));
    assert_loaded(ones(&without_masks(micro_shapes())));
}

#[test]
fn a_network_of_another_layout_is_an_internal_error() {
    let Weights { layout, tensors, .. } = read(reference("micro.safetensors"), &WeightsOptions::default()).unwrap();
    let device = Device::flex();
    let mut faster = Layout { masks: false, ..layout.clone() }.init(&device);
    let error = tensors.clone().apply_to(&mut faster).unwrap_err();
    assert_eq!(error.code(), "internal");
    assert!(error.to_string().contains("roi_heads.mask"), "{error}");

    let mut more_classes = Layout { num_classes: 4, ..layout }.init(&device);
    let error = tensors.clone().apply_to(&mut more_classes).unwrap_err();
    assert!(error.to_string().contains("cls_score") || error.to_string().contains("bbox_pred"), "{error}");

    let Weights { tensors: fewer, .. } =
        read(ones(&without_masks(micro_shapes())), &WeightsOptions::default()).unwrap();
    let mut with_masks = load(reference("micro.safetensors"), &WeightsOptions::default(), &device).unwrap().network;
    let error = fewer.apply_to(&mut with_masks).unwrap_err();
    assert!(error.to_string().contains("`roi_heads.mask_head.convs.0.bias` got no weights"), "{error}");
}
