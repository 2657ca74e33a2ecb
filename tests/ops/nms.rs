use burn::tensor::{Device, Tensor, TensorData};
use maskrcnn_web::ops::{ABSENT, nms::nms};
use maskrcnn_web::structures::BoundingBox;
use proptest::prelude::*;

use crate::{Reference, devices, noise};

/// `batched_nms` as in torchvision: each group by itself, what stays in order of the scores.
fn batched(boxes: &[f32], scores: &[f32], groups: &[i64], threshold: f32, device: &Device) -> Vec<i64> {
    let n = scores.len();
    let group_count = groups.iter().max().map_or(0, |&last| last as usize + 1);
    let mut table = vec![ABSENT; group_count * n];
    for (index, &group) in groups.iter().enumerate() {
        table[group as usize * n + index] = scores[index];
    }
    let boxes = Tensor::<2>::from_data(TensorData::new(boxes.to_vec(), [n, 4]), device);
    let boxes = boxes.unsqueeze::<3>().expand([group_count, n, 4]);
    let table = Tensor::<2>::from_data(TensorData::new(table, [group_count, n]), device);
    let kept: Vec<f32> = nms(boxes, table, threshold).into_data().try_into_vec().expect("floats");
    let mut kept: Vec<i64> = (0..n)
        .filter(|index| (0..group_count).any(|group| kept[group * n + index] > ABSENT))
        .map(|i| i as i64)
        .collect();
    kept.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
    kept
}

#[test]
fn equals_torchvision() {
    let reference = Reference::open("ops.safetensors");
    for device in devices() {
        for n in [300, 1500] {
            let boxes = reference.floats(&format!("nms{n}.boxes"));
            let scores = reference.floats(&format!("nms{n}.scores"));
            let groups = reference.integers(&format!("nms{n}.idxs"));
            for threshold in [0.5, 0.7] {
                let want = reference.integers(&format!("nms{n}.keep{threshold}"));
                assert_eq!(batched(&boxes, &scores, &groups, threshold, &device), want, "{n} boxes on {device:?}");
            }
        }
    }
}

#[test]
fn keeps_boxes_that_only_touch_or_are_empty() {
    for device in devices() {
        let boxes = [[0.0, 0.0, 5.0, 5.0], [5.0, 0.0, 10.0, 5.0], [3.0, 3.0, 3.0, 3.0], [3.0, 3.0, 3.0, 3.0]];
        let boxes = Tensor::<3>::from_floats([boxes], &device);
        let scores = Tensor::<2>::from_floats([[0.9, 0.8, 0.7, 0.6]], &device);
        let kept: Vec<f32> = nms(boxes, scores, 0.0).into_data().try_into_vec().expect("floats");
        assert_eq!(kept, [0.9, 0.8, 0.7, 0.6], "on {device:?}");
    }
}

fn run(boxes: &[[f32; 4]], scores: &[f32], threshold: f32, device: &Device) -> Vec<f32> {
    let n = scores.len();
    let boxes = Tensor::<3>::from_data(TensorData::new(boxes.concat(), [1, n, 4]), device);
    let scores = Tensor::<2>::from_data(TensorData::new(scores.to_vec(), [1, n]), device);
    nms(boxes, scores, threshold).into_data().try_into_vec().expect("floats")
}

#[test]
fn cpu_and_gpu_agree() {
    let boxes: Vec<[f32; 4]> = (noise(4000, 11).as_chunks::<4>().0.iter())
        .map(|[x, y, w, h]| [x * 200.0, y * 200.0, x * 200.0 + w * 60.0, y * 200.0 + h * 60.0])
        .collect();
    let scores = noise(1000, 12);
    let results: Vec<Vec<f32>> = devices().iter().map(|device| run(&boxes, &scores, 0.4, device)).collect();
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
}

proptest! {
    #[test]
    fn what_stays_is_best_and_apart(
        corners in prop::collection::vec((0.0f32..90.0, 0.0f32..90.0, 0.0f32..40.0, 0.0f32..40.0, 0.0f32..1.0), 1..40),
        threshold in 0.0f32..1.0,
    ) {
        let boxes: Vec<[f32; 4]> = corners.iter().map(|&(x, y, w, h, _)| [x, y, x + w, y + h]).collect();
        let scores: Vec<f32> = corners.iter().map(|corner| corner.4).collect();
        let kept = run(&boxes, &scores, threshold, &Device::flex());
        let overlap = |a: usize, b: usize| {
            let [a, b] = [a, b].map(|i| boxes[i]).map(|[x1, y1, x2, y2]| BoundingBox { x1, y1, x2, y2 });
            a.iou(&b)
        };
        for index in 0..scores.len() {
            let better_and_near = (0..scores.len()).any(|other| {
                kept[other] > ABSENT
                    && (scores[other] > scores[index] || (scores[other] == scores[index] && other < index))
                    && overlap(other, index) > threshold
            });
            prop_assert_eq!(kept[index] > ABSENT, !better_and_near);
            prop_assert!(kept[index] == ABSENT || kept[index] == scores[index]);
        }
    }
}
