//! [`pack_detections`](crate::ops::pack_detections::pack_detections) on the CPU.

use crate::ops::pack_detections::{HEAD, PackDetectionsBackend};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl PackDetectionsBackend for Flex {
    fn pack_detections(
        boxes: FlexTensor,
        scores: FlexTensor,
        labels: FlexTensor,
        masks: FlexTensor,
        scale: [f32; 4],
    ) -> FlexTensor {
        let masks = masks.to_contiguous();
        pack(boxes, scores, labels, masks.as_slice().unwrap_or_default(), scale)
    }

    fn pack_boxes(boxes: FlexTensor, scores: FlexTensor, labels: FlexTensor, scale: [f32; 4]) -> FlexTensor {
        pack(boxes, scores, labels, &[], scale)
    }
}

fn pack(boxes: FlexTensor, scores: FlexTensor, labels: FlexTensor, masks: &[f32], scale: [f32; 4]) -> FlexTensor {
    let [boxes, scores, labels] = [boxes, scores, labels].map(|tensor| tensor.to_contiguous());
    let boxes = boxes.as_slice::<f32>().unwrap_or_default().as_chunks::<4>().0;
    let scores = scores.as_slice::<f32>().unwrap_or_default();
    let labels = labels.as_slice::<i32>().unwrap_or_default();
    let area = masks.len() / scores.len().max(1);
    let mut packed = Vec::with_capacity(scores.len() * HEAD + masks.len());
    for (index, ((corners, &score), &label)) in boxes.iter().zip(scores).zip(labels).enumerate() {
        packed.extend(corners.iter().zip(scale).map(|(corner, scale)| corner * scale));
        packed.extend([score, label as f32]);
        packed.extend(masks[index * area..(index + 1) * area].iter().map(|logit| 1.0 / (1.0 + (-logit).exp())));
    }
    let count = packed.len();
    FlexTensor::from_data(TensorData::new(packed, [count]))
}
