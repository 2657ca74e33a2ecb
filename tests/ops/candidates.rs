//! Anchors and regions made candidates, against the same in plain tensors and against torchvision.

use burn::tensor::{Device, Int, Tensor, TensorData};
use maskrcnn_web::config::{AnchorPlacement, AnchorSettings};
use maskrcnn_web::model::rpn::Anchors;
use maskrcnn_web::ops::anchor_boxes::{BatchLimits, BoxLimits, anchor_boxes};
use maskrcnn_web::ops::box_coder::{RPN_WEIGHTS, clip, decode, is_large};
use maskrcnn_web::ops::class_boxes::{ClassLimits, class_boxes};
use maskrcnn_web::ops::level_rows::level_rows;
use maskrcnn_web::ops::{ABSENT, top_k::top_k};
use maskrcnn_web::structures::Size;

use crate::{Reference, devices, largest_error, noise, values};

const GRIDS: [(usize, usize); 5] = [(8, 12), (4, 6), (2, 3), (1, 2), (1, 1)];
const PADDED: (usize, usize) = (32, 48);
const PICTURES: usize = 2;

/// What a head says of five levels, `[2, channels, height, width]` each.
fn levels(channels: usize, seed: u32, device: &Device) -> [Tensor<4>; 5] {
    GRIDS.map(|(height, width)| {
        let shape = [PICTURES, channels, height, width];
        let numbers = noise(shape.iter().product(), seed + height as u32);
        Tensor::from_data(TensorData::new(numbers, shape), device) * 4.0 - 2.0
    })
}

/// One level of an image in plain tensors, `[anchors, columns]`.
fn row(level: &Tensor<4>, picture: usize, columns: usize) -> Tensor<2> {
    let [_, channels, height, width] = level.dims();
    let of_anchors = level.clone().narrow(0, picture, 1).reshape([channels / columns, columns, height, width]);
    of_anchors.permute([2, 3, 0, 1]).reshape([channels / columns * height * width, columns])
}

#[test]
fn rows_hold_each_level_and_end_in_absent_entries() {
    for device in devices() {
        for columns in [1, 4] {
            let levels = levels(3 * columns, 5, &device);
            for entries in [0..PICTURES, 1..2] {
                let rows = level_rows(levels.clone(), entries.clone(), columns);
                let [count, longest, width] = rows.dims();
                assert_eq!((count, longest, width), (entries.len() * 5, 8 * 12 * 3, columns));
                let of_entries = entries.flat_map(|picture| levels.iter().map(move |level| (picture, level)));
                for (index, (picture, level)) in of_entries.enumerate() {
                    let what = format!("row {index}, of picture {picture}, on {device:?}");
                    let want = values(row(level, picture, columns));
                    let got = values(rows.clone().narrow(0, index, 1));
                    assert_eq!(got[..want.len()], want, "{what}");
                    assert!(got[want.len()..].iter().all(|&value| value == ABSENT), "behind {what}");
                }
            }
        }
    }
}

#[test]
fn anchor_boxes_are_those_of_plain_tensors() {
    const K: usize = 20;
    let settings = AnchorSettings { sizes: [4.0, 8.0, 16.0, 32.0, 64.0], ..AnchorSettings::default() };
    let anchors = Anchors { settings: &settings, placement: AnchorPlacement::Rounded };
    let images = [Size { height: 30, width: 45 }, Size { height: 20, width: 48 }];
    let limits = BatchLimits { images: images.to_vec(), min_size: 3.0 };
    for device in devices() {
        let (objectness, deltas) = (levels(3, 11, &device), levels(12, 17, &device));
        let scores: Tensor<2> = level_rows(objectness.clone(), 0..PICTURES, 1).squeeze_dim(2);
        let chosen = top_k(scores.clone(), K);
        let grids = core::array::from_fn(|level| anchors.grid(level, GRIDS[level], PADDED));
        let rows = level_rows(deltas.clone(), 0..PICTURES, 4);
        let (boxes, kept) = anchor_boxes(chosen, scores, rows, grids, limits.clone());
        assert_eq!((boxes.dims(), kept.dims()), ([PICTURES * 5 * K, 4], [PICTURES * 5, K]));
        let (boxes, kept) = (values(boxes), values(kept));
        for (index, &image) in (0..PICTURES * 5).zip(images.iter().flat_map(|image| [image; 5])) {
            let (picture, level) = (index / 5, index % 5);
            let scores = row(&objectness[level], picture, 1).swap_dims(0, 1);
            let chosen: Tensor<1, Int> = top_k(scores.clone(), K).squeeze_dim(0);
            let count = chosen.dims()[0];
            let regions = anchors.boxes(level, GRIDS[level], PADDED, &device).select(0, chosen.clone());
            let plain =
                clip(decode(row(&deltas[level], picture, 4).select(0, chosen.clone()), regions, RPN_WEIGHTS), image);
            let is_small = is_large(plain.clone(), limits.min_size).bool_not();
            let scores = scores.squeeze_dim::<1>(0).select(0, chosen).mask_fill(is_small, ABSENT);
            let own = index * K..index * K + count;
            let what = format!("level {level} of picture {picture} on {device:?}");
            let error = largest_error(&boxes[own.start * 4..own.end * 4], &values(plain));
            assert!(error < 1e-4, "{what}: {error}");
            assert_eq!(kept[own.clone()], values(scores), "{what}");
            assert!(kept[own.end..(index + 1) * K].iter().all(|&score| score == ABSENT), "{what}");
        }
    }
}

#[test]
fn class_boxes_are_torchvisions() {
    let reference = Reference::open("ops.safetensors");
    let want = reference.floats("dec.box_clipped");
    for device in devices() {
        let deltas = reference.tensor::<2>("dec.deltas", &device);
        // A background class before the two of the reference.
        let deltas = Tensor::cat(vec![Tensor::zeros([64, 4], &device), deltas], 1);
        let logits = Tensor::<2>::from_floats([[1.0, 0.0, 3.0]], &device).expand([64, 3]);
        let mut objectness = vec![0.5; 64];
        objectness[7] = ABSENT;
        let objectness = Tensor::<1>::from_floats(objectness.as_slice(), &device);
        let boxes = BoxLimits { image: Size { height: 150, width: 222 }, min_size: 1e-2 };
        let limits = ClassLimits { boxes, score_threshold: 0.06 };
        let regions = reference.tensor("dec.anchors", &device);
        let (boxes, scores) = class_boxes(logits, deltas, regions, objectness, limits);
        assert_eq!((boxes.dims(), scores.dims()), ([2, 64, 4], [2, 64]));
        let (boxes, scores) = (values(boxes), values(scores));
        // The first class is below the threshold; of the second, softmax over 1, 0 and 3 is left.
        assert!(scores[..64].iter().all(|&score| score == ABSENT), "unlikely, on {device:?}");
        let likely = 3.0f32.exp() / (1.0f32.exp() + 1.0 + 3.0f32.exp());
        for region in 0..64 {
            let corners: [f32; 4] = core::array::from_fn(|index| want[(region * 2 + 1) * 4 + index]);
            let is_large = (corners[2] - corners[0]).min(corners[3] - corners[1]) >= limits.boxes.min_size;
            let score = scores[64 + region];
            if region == 7 || !is_large {
                assert_eq!(score, ABSENT, "region {region} on {device:?}");
                continue;
            }
            assert!((score - likely).abs() < 1e-6, "region {region} on {device:?}: {score}");
            let error = largest_error(&boxes[(64 + region) * 4..(65 + region) * 4], &corners);
            assert!(error < 1e-3, "region {region} on {device:?}: {error}");
        }
    }
}
