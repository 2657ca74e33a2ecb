//! [`nms`](crate::ops::nms::nms) on the CPU.

use crate::ops::ABSENT;
use crate::ops::nms::NmsBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl NmsBackend for Flex {
    fn nms(boxes: FlexTensor, scores: FlexTensor, iou_threshold: f32) -> FlexTensor {
        let (boxes, scores) = (boxes.to_contiguous(), scores.to_contiguous());
        let [groups, n] = scores.layout().shape().dims();
        let mut kept = vec![ABSENT; groups * n];
        if let (Some(boxes), Some(scores)) = (boxes.as_slice::<f32>(), scores.as_slice::<f32>()) {
            for group in 0..groups {
                let span = group * n..(group + 1) * n;
                let boxes = boxes[span.start * 4..span.end * 4].as_chunks().0;
                suppress(boxes, &scores[span.clone()], iou_threshold, &mut kept[span]);
            }
        }
        FlexTensor::from_data(TensorData::new(kept, [groups, n]))
    }
}

fn suppress(boxes: &[[f32; 4]], scores: &[f32], iou_threshold: f32, kept: &mut [f32]) {
    let mut order: Vec<usize> = (0..scores.len()).filter(|&i| scores[i] > ABSENT).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let mut winners: Vec<&[f32; 4]> = Vec::new();
    for index in order {
        let candidate = &boxes[index];
        if winners.iter().all(|winner| iou(winner, candidate) <= iou_threshold) {
            winners.push(candidate);
            kept[index] = scores[index];
        }
    }
}

/// As torchvision's `nms_kernel_impl`; for two empty boxes, 0/0, it is 0.
fn iou(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let width = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let height = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let intersection = width * height;
    let union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - intersection;
    if union > 0.0 { intersection / union } else { 0.0 }
}
