//! [`chosen_boxes`](crate::ops::chosen_boxes::chosen_boxes) on the CPU.

use crate::ops::ABSENT;
use crate::ops::chosen_boxes::ChosenBoxesBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl ChosenBoxesBackend for Flex {
    fn chosen_boxes(boxes: FlexTensor, scores: FlexTensor, chosen: FlexTensor) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [_, n] = scores.layout().shape().dims();
        let [boxes, scores, chosen] = [boxes, scores, chosen].map(|tensor| tensor.to_contiguous());
        let boxes = boxes.as_slice::<f32>().unwrap_or_default().as_chunks::<4>().0;
        let scores = scores.as_slice::<f32>().unwrap_or_default();
        let chosen = chosen.as_slice::<i32>().unwrap_or_default();
        let present = chosen.iter().take_while(|&&entry| scores[entry as usize] > ABSENT).count();
        let kept = &chosen[..present.max(1).min(chosen.len())];
        let boxes: Vec<f32> = kept.iter().flat_map(|&entry| boxes[entry as usize]).collect();
        let scores: Vec<f32> = kept.iter().map(|&entry| scores[entry as usize]).collect();
        let groups: Vec<i32> = kept.iter().map(|&entry| entry / n as i32 + 1).collect();
        (
            FlexTensor::from_data(TensorData::new(boxes, [kept.len(), 4])),
            FlexTensor::from_data(TensorData::new(scores, [kept.len()])),
            FlexTensor::from_data(TensorData::new(groups, [kept.len()])),
        )
    }
}
