use std::time::Instant;

use burn::tensor::{Device, Tensor};
use futures_lite::future::block_on;
use maskrcnn_web::Layout;
use maskrcnn_web::image::Image;
use maskrcnn_web::inference::StageTime;
use maskrcnn_web::ops::flop_count;
use maskrcnn_web::weights::WeightsOptions;

use crate::{devices, predict, tiny};

/// `_ops` of `MaskRCNN_ResNet50_FPN_Weights.COCO_V1`: 134.38 · 10⁹ multiply-adds, for noise of 800×800
/// pixels, which gives 1000 proposals and no detection
/// (`torchvision/models/detection/mask_rcnn.py`; `test/common_extended_utils.py`).
#[test]
fn the_arithmetic_is_as_much_as_torchvision_publishes() {
    let device = Device::flex();
    let network = Layout::resnet50_fpn().init(&device);
    let before = flop_count::operations();
    let pyramid = network.pyramid(network.stages(Tensor::zeros([1, 3, 800, 800], &device)));
    network.rpn(&pyramid);
    network.roi_heads().boxes(Tensor::zeros([1000, 256, 7, 7], &device));
    let operations = flop_count::operations() - before;
    assert_eq!((operations as f64 / 2e7).round(), 13438.0, "{operations}");
}

#[test]
fn stages_say_how_much_they_compute() {
    let picture: Vec<u8> = (0..102 * 151 * 3).map(|i| (i * 7919 % 251) as u8).collect();
    let image = Image::from_rgb(151, 102, &picture).expect("a picture");
    for device in devices() {
        let model = tiny(&WeightsOptions::default(), &device);
        let start = Instant::now();
        let times = block_on(model.network.profile(&image, &model.settings, || start.elapsed().as_secs_f64() * 1e3))
            .expect("times");
        let found = predict(&model, std::slice::from_ref(&image)).expect("detections");
        let operations = |stage: &str| times.iter().find(|time| time.stage == stage).expect(stage).operations;

        for stage in ["transform", "proposals", "detections", "paste"] {
            assert_eq!(operations(stage), 0, "{stage} on {device:?}");
        }
        // 7×7 of 3 channels to each pixel of half the sides, and more after it.
        let stem = 2 * 64 * 96 * model.network.layout().backbone.as_resnet().expect("a ResNet").stem as u64 * 3 * 49;
        assert!(operations("backbone") > stem, "on {device:?}");
        let masks = found[0].items.len() as u64 * mask_operations(model.network.layout());
        assert_eq!(operations("mask head"), masks, "{} masks on {device:?}", found[0].items.len());
        let (whole, stages): (Vec<&StageTime>, Vec<&StageTime>) = times.iter().partition(|time| time.stage == "whole");
        assert_eq!(whole[0].operations, stages.iter().map(|time| time.operations).sum::<u64>(), "on {device:?}");
    }
}

/// What one mask takes: 3×3 convolutions, a transposed convolution, and a product a pixel with the own
/// class's weights.
fn mask_operations(layout: &Layout) -> u64 {
    let head = &layout.roi_heads.mask_head;
    let channels = [&[layout.fpn.channels], head.conv_channels.as_slice()].concat();
    let convolutions: usize = channels.windows(2).map(|pair| 9 * pair[0] * pair[1]).sum();
    let last = channels[channels.len() - 1];
    let cells = head.pool_size.pow(2);
    (2 * cells * (convolutions + 4 * last * head.deconv_channels + 4 * head.deconv_channels)) as u64
}
