//! torchvision's layouts: what is inferred, and what is said when something does not fit.

use maskrcnn_web::config::{BoxHeadConfig, FpnConfig, Layout, MaskHeadConfig, Preset, ResNetConfig, Settings};
use maskrcnn_web::weights::{Weights, WeightsOptions, read};

use crate::fixtures::{Shapes, micro_shapes, ones, reference, reference_shapes, shapes, without_masks};

fn layout(shapes: &Shapes) -> Layout {
    read(ones(shapes), &WeightsOptions::default()).unwrap().layout
}

/// The message of the error that `shapes` are refused with.
fn refusal(shapes: &Shapes, options: &WeightsOptions) -> String {
    let error = read(ones(shapes), options).unwrap_err();
    assert_eq!(error.code(), "weights-incompatible");
    error.to_string()
}

#[test]
fn the_four_published_networks_are_inferred() {
    let v1 = Layout::resnet50_fpn();
    let v2 = Layout::resnet50_fpn_v2();
    assert_eq!(layout(&shapes("v1")), v1);
    assert_eq!(layout(&shapes("v2")), v2);
    assert_eq!(layout(&without_masks(shapes("v1"))), Layout { masks: false, ..v1.clone() });
    assert_eq!(layout(&without_masks(shapes("v2"))), Layout { masks: false, ..v2.clone() });
    assert_eq!((v1.architecture().as_str(), v2.architecture().as_str()), ("resnet50_fpn", "resnet50_fpn_v2"));
}

#[test]
fn a_narrow_resnet18_is_inferred() {
    let Weights { layout, tensors, .. } = read(reference("micro.safetensors"), &WeightsOptions::default()).unwrap();
    let expected = ResNetConfig { stem: 4, planes: [2, 4, 4, 6], ..ResNetConfig::resnet18() };
    assert_eq!((layout.num_classes, layout.masks, &layout.backbone), (3, true, &expected.into()));
    assert_eq!(layout.fpn, FpnConfig { channels: 4 });
    let box_head = BoxHeadConfig { pool_size: 7, conv_channels: vec![], fc_channels: vec![8, 8] };
    assert_eq!(layout.roi_heads.box_head, box_head);
    let mask_head = MaskHeadConfig { pool_size: 14, conv_channels: vec![4; 4], deconv_channels: 4 };
    assert_eq!(layout.roi_heads.mask_head, mask_head);
    assert_eq!(layout.architecture(), "resnet18_fpn (narrow)");
    // 17 convolutions of the body and 4 on its shortcuts, 8 of the pyramid, 3 of the RPN, 4 linear
    // layers, 6 of the masks; each with a weight and a bias.
    assert_eq!(tensors.iter().count(), 2 * (17 + 4 + 8 + 3 + 4 + 6));
    assert_eq!(tensors.get("backbone.body.layer1.0.downsample.weight").unwrap().shape()[..], [2, 4, 1, 1]);
    assert_eq!(tensors.get("roi_heads.box_head.fcs.0.weight").unwrap().shape()[..], [8, 4 * 49]);
    assert_eq!(tensors.get("roi_heads.mask_head.convs.3.bias").unwrap().shape()[..], [4]);
}

/// Sizes, anchors and limits, which no tensor tells, are torchvision's whatever the widths are.
#[test]
fn settings_are_not_guessed_from_widths() {
    let nuclei = Preset::named("nuclei").unwrap();
    let Weights { layout, settings, .. } = read(ones(&shapes("nuclei")), &WeightsOptions::default()).unwrap();
    assert_eq!((layout, settings), (nuclei.layout.clone(), Settings::default()));
    let without_masks = self::layout(&without_masks(shapes("nuclei")));
    assert_eq!((without_masks.masks, without_masks.backbone), (false, nuclei.layout.backbone));
}

#[test]
fn architectures_have_torchvisions_names() {
    let body = |config: ResNetConfig| Layout { backbone: config.into(), ..Layout::resnet50_fpn() }.architecture();
    assert_eq!(body(ResNetConfig::resnet18()), "resnet18_fpn");
    assert_eq!(body(ResNetConfig::resnet34()), "resnet34_fpn");
    assert_eq!(body(ResNetConfig::resnet101()), "resnet101_fpn");
    assert_eq!(body(ResNetConfig { depths: [1, 1, 2, 1], ..ResNetConfig::resnet50() }), "resnet-1-1-2-1_fpn");
    assert_eq!(body(ResNetConfig { stem: 16, ..ResNetConfig::resnet50() }), "resnet50_fpn (narrow)");
}

#[test]
fn a_narrow_v2_is_inferred() {
    let Weights { layout, tensors, .. } = read(reference("tiny_v2.safetensors"), &WeightsOptions::default()).unwrap();
    assert_eq!((layout.rpn.conv_depth, layout.roi_heads.box_head.conv_channels.len()), (2, 4));
    assert_eq!(layout.architecture(), "resnet50_fpn_v2 (narrow)");
    assert!(tensors.get("roi_heads.box_head.convs.3.bias").is_some());
    assert!(tensors.get("roi_heads.box_head.fcs.0.bias").is_some());
}

#[test]
fn old_names_mean_the_same() {
    let old: Shapes = micro_shapes()
        .into_iter()
        .map(|(name, shape)| {
            let name = name.replace("rpn.head.conv.0.0.", "rpn.head.conv.");
            let name = (0..4).fold(name, |name, i| {
                name.replace(&format!("_blocks.{i}.0."), &format!("_blocks.{i}."))
                    .replace(&format!("mask_head.{i}.0."), &format!("mask_head.mask_fcn{}.", i + 1))
            });
            (name, shape)
        })
        .collect();
    assert!(old.contains_key("rpn.head.conv.weight") && old.contains_key("roi_heads.mask_head.mask_fcn4.bias"));
    assert!(old.contains_key("backbone.fpn.inner_blocks.0.weight"));
    assert_eq!(layout(&old), layout(&micro_shapes()));

    let mut both = micro_shapes();
    both.insert("rpn.head.conv.bias".into(), vec![4]);
    assert!(refusal(&both, &WeightsOptions::default()).contains("twice"));
}

#[test]
fn masks_can_be_left_out_or_demanded() {
    let with = WeightsOptions { masks: Some(true), ..WeightsOptions::default() };
    let without = WeightsOptions { masks: Some(false), ..WeightsOptions::default() };
    let faster = without_masks(micro_shapes());
    assert!(read(ones(&micro_shapes()), &with).unwrap().layout.masks);
    let Weights { layout, tensors, .. } = read(ones(&micro_shapes()), &without).unwrap();
    assert!(!layout.masks && tensors.iter().all(|(path, _)| !path.contains("mask")));
    assert!(!read(ones(&faster), &without).unwrap().layout.masks);
    assert!(refusal(&faster, &with).contains("Faster R-CNN"));
}

#[test]
fn a_wrong_class_count_says_both_numbers() {
    let options = |num_classes| WeightsOptions { num_classes: Some(num_classes), ..WeightsOptions::default() };
    assert_eq!(read(ones(&micro_shapes()), &options(3)).unwrap().layout.num_classes, 3);
    let message = refusal(&micro_shapes(), &options(91));
    assert!(message.contains("91 classes") && message.contains("has 3"), "{message}");
}

/// In both layouts, which differ outside of the residual network's stages. Only the batch
/// counters are not needed.
#[test]
fn each_tensor_is_missed_by_name() {
    for (all, stages) in [(micro_shapes(), true), (reference_shapes("tiny_v2.safetensors"), false)] {
        let needed = |name: &str| !name.ends_with("num_batches_tracked") && (stages || !name.contains("body.layer"));
        for name in all.keys().filter(|name| needed(name)) {
            let mut shapes = all.clone();
            shapes.remove(name);
            let message = refusal(&shapes, &WeightsOptions::default());
            assert!(message.contains(&format!("missing: {name}")), "without {name}: {message}");
        }
    }
}

#[test]
fn each_unexpected_tensor_is_named() {
    for name in ["backbone.body.fc.weight", "roi_heads.keypoint_head.0.weight", "backbone.body.layer1.0.bn1.x", "w"] {
        let mut shapes = micro_shapes();
        shapes.insert(name.into(), vec![1]);
        let message = refusal(&shapes, &WeightsOptions::default());
        assert!(message.contains(&format!("unexpected: {name}")), "{message}");
    }
}

#[test]
fn a_wrong_shape_is_named_with_both() {
    let mut shapes = micro_shapes();
    shapes.insert("backbone.fpn.layer_blocks.2.0.weight".into(), vec![4, 4, 5, 5]);
    let message = refusal(&shapes, &WeightsOptions::default());
    let expected = "wrong shape: backbone.fpn.layer_blocks.2.0.weight ([4, 4, 5, 5] instead of [4, 4, 3, 3])";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn long_lists_are_cut() {
    let mut shapes = micro_shapes();
    shapes.retain(|name, _| !name.starts_with("backbone.body.layer2.0."));
    let message = refusal(&shapes, &WeightsOptions::default());
    assert!(message.contains("missing: backbone.body.layer2.0.bn1.bias"), "{message}");
    assert!(message.contains("and 7 more"), "{message}");
}

#[test]
fn another_network_altogether_is_incompatible() {
    let classifier: Shapes = micro_shapes()
        .into_iter()
        .filter_map(|(name, shape)| Some((name.strip_prefix("backbone.body.")?.to_owned(), shape)))
        .collect();
    let message = refusal(&classifier, &WeightsOptions::default());
    assert!(
        message.contains("missing: backbone.body.bn1.bias") && message.contains("unexpected: bn1.bias"),
        "{message}"
    );
    assert!(refusal(&Shapes::new(), &WeightsOptions::default()).contains("no state dict"));
}

#[test]
fn other_anchors_are_incompatible() {
    let mut shapes = micro_shapes();
    for (name, outputs) in [("cls_logits", 9), ("bbox_pred", 36)] {
        shapes.insert(format!("rpn.head.{name}.weight"), vec![outputs, 4, 1, 1]);
        shapes.insert(format!("rpn.head.{name}.bias"), vec![outputs]);
    }
    let message = refusal(&shapes, &WeightsOptions::default());
    assert!(message.contains("9 anchors"), "{message}");
}

#[test]
fn a_deep_number_in_a_name_makes_no_deep_network() {
    let mut shapes = micro_shapes();
    shapes.insert("backbone.body.layer1.4000000000.conv1.weight".into(), vec![1]);
    shapes.insert("rpn.head.conv.18446744073709551615.0.weight".into(), vec![1]);
    let message = refusal(&shapes, &WeightsOptions::default());
    assert!(message.contains("unexpected: backbone.body.layer1.4000000000.conv1.weight"), "{message}");
}
