//! Checkpoints of a network with an EfficientNet-Lite body.

use maskrcnn_web::config::{BodyConfig, EfficientNetLiteConfig, Layout, Preset};
use maskrcnn_web::weights::{Conventions, WeightsOptions, read};

use crate::fixtures::{Shapes, micro_shapes, ones, reference_shapes};

/// The names and shapes of the reference's network for classification.
fn classifier() -> Shapes {
    let shapes = reference_shapes("efficientnet_lite.safetensors").into_iter();
    shapes.filter_map(|(name, shape)| Some((name.strip_prefix("state.")?.to_owned(), shape))).collect()
}

/// Those of the micro network with the reference's body.
fn detector() -> Shapes {
    let mut shapes = micro_shapes();
    shapes.retain(|name, _| !name.starts_with("backbone.body."));
    for (level, channels) in [6, 8, 12, 16].into_iter().enumerate() {
        shapes.insert(format!("backbone.fpn.inner_blocks.{level}.0.weight"), vec![4, channels, 1, 1]);
    }
    let is_body = |name: &str| !["_conv_head", "_bn1", "_fc"].iter().any(|head| name.starts_with(head));
    let body = classifier().into_iter().filter(|(name, _)| is_body(name));
    shapes.extend(body.map(|(name, shape)| (format!("backbone.body.{name}"), shape)));
    shapes
}

fn layout(shapes: &Shapes) -> Layout {
    read(ones(shapes), &WeightsOptions::default()).unwrap().layout
}

fn refusal(shapes: &Shapes) -> String {
    let error = read(ones(shapes), &WeightsOptions::default()).unwrap_err();
    assert_eq!(error.code(), "weights-incompatible");
    error.to_string()
}

#[test]
fn its_layout_is_read_off_the_tensors() {
    let found = layout(&detector());
    let body = EfficientNetLiteConfig { stem: 32, channels: [4, 6, 8, 10, 12, 14, 16], depths: [1, 2, 2, 2, 2, 2, 1] };
    assert_eq!(found.backbone, BodyConfig::EfficientNetLite(body));
    assert_eq!(found.backbone.out_channels(), [6, 8, 12, 16]);
    assert_eq!(found.architecture(), "efficientnet_lite-1-2-2-2-2-2-1_fpn (narrow)");
    let lite0 = Layout { backbone: EfficientNetLiteConfig::lite0().into(), ..Layout::resnet50_fpn() };
    assert_eq!(lite0.architecture(), "efficientnet_lite0_fpn");
    assert_eq!(Preset::named("everyday").unwrap().layout.architecture(), "efficientnet_lite0_fpn (narrow)");
}

/// Groups of the same width are told apart by their kernels and by whether they expand.
#[test]
fn groups_of_one_width_are_told_apart() {
    let config = EfficientNetLiteConfig { stem: 4, channels: [6, 6, 6, 6, 6, 8, 8], depths: [2, 1, 3, 1, 2, 1, 2] };
    let mut shapes = detector();
    shapes.retain(|name, _| !name.starts_with("backbone.body."));
    let mut convolution = |name: String, norm: String, shape: Vec<usize>| {
        for parameter in ["weight", "bias", "running_mean", "running_var"] {
            shapes.insert(format!("backbone.body.{norm}.{parameter}"), vec![shape[0]]);
        }
        shapes.insert(format!("backbone.body.{name}.weight"), shape);
    };
    convolution("_conv_stem".into(), "_bn0".into(), vec![4, 3, 3, 3]);
    let kernels = [3, 3, 5, 3, 5, 5, 3];
    let groups = (0..7).flat_map(|group| (0..config.depths[group]).map(move |_| group));
    let mut inputs = config.stem;
    for (block, group) in groups.enumerate() {
        let (expanded, outputs) = (if group == 0 { inputs } else { inputs * 6 }, config.channels[group]);
        let name = |layer: &str| format!("_blocks.{block}.{layer}");
        if group > 0 {
            convolution(name("_expand_conv"), name("_bn0"), vec![expanded, inputs, 1, 1]);
        }
        convolution(name("_depthwise_conv"), name("_bn1"), vec![expanded, 1, kernels[group], kernels[group]]);
        convolution(name("_project_conv"), name("_bn2"), vec![outputs, expanded, 1, 1]);
        inputs = outputs;
    }
    for (level, channels) in config.out_channels().into_iter().enumerate() {
        shapes.insert(format!("backbone.fpn.inner_blocks.{level}.0.weight"), vec![4, channels, 1, 1]);
    }
    assert_eq!(layout(&shapes).backbone, config.into());
}

#[test]
fn what_is_missing_or_unexpected_is_named() {
    let mut shapes = detector();
    shapes.remove("backbone.body._blocks.3._bn1.bias");
    shapes.insert("backbone.body._blocks.3._se_reduce.bias".into(), vec![1]);
    shapes.insert("backbone.body._blocks.2._depthwise_conv.weight".into(), vec![36, 2, 3, 3]);
    let message = refusal(&shapes);
    for part in [
        "missing: backbone.body._blocks.3._bn1.bias",
        "unexpected: backbone.body._blocks.3._se_reduce.bias",
        "backbone.body._blocks.2._depthwise_conv.weight ([36, 2, 3, 3] instead of [36, 1, 3, 3])",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let mut shapes = detector();
    shapes.insert("backbone.body._blocks.4000000000._project_conv.weight".into(), vec![1]);
    assert!(refusal(&shapes).contains("unexpected: backbone.body._blocks.4000000000._project_conv.weight"));
}

#[test]
fn a_classifier_is_for_trainings_only() {
    let message = refusal(&classifier());
    assert!(
        message.contains("it is an EfficientNet-Lite for classification, which only a training can start from"),
        "{message}"
    );
}

/// 1e-3 is added to variances, whether or not batches are counted, unless something else is said.
#[test]
fn variances_get_what_the_published_weights_were_trained_with() {
    let factor = |shapes: &Shapes, batch_norm_eps| {
        let conventions = Conventions { batch_norm_eps, ..Conventions::default() };
        let weights = read(ones(shapes), &WeightsOptions { conventions, ..WeightsOptions::default() }).unwrap();
        weights.tensors.get("backbone.body.blocks.2.depthwise.weight").unwrap().iter::<f32>().next().unwrap()
    };
    let mut shapes = detector();
    let expected = |eps: f64| (1.0 / (1.0 + eps).sqrt()) as f32;
    assert_eq!([None, Some(0.0), Some(0.5)].map(|eps| factor(&shapes, eps)), [1e-3, 0.0, 0.5].map(expected));
    shapes.retain(|name, _| !name.ends_with("num_batches_tracked"));
    assert_eq!(factor(&shapes, None), expected(1e-3));
}
