//! [`class_boxes`](crate::ops::class_boxes::class_boxes) on the CPU: only boxes above the score threshold are decoded.

use crate::ops::ABSENT;
use crate::ops::box_coder::{BOX_WEIGHTS, decode_clipped, is_large_box};
use crate::ops::class_boxes::{ClassBoxesBackend, ClassLimits};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl ClassBoxesBackend for Flex {
    fn class_boxes(
        logits: FlexTensor,
        deltas: FlexTensor,
        regions: FlexTensor,
        objectness: FlexTensor,
        limits: ClassLimits,
    ) -> (FlexTensor, FlexTensor) {
        let [n, classes] = logits.layout().shape().dims();
        let tensors = [logits, deltas, regions, objectness].map(|tensor| tensor.to_contiguous());
        let [logits, deltas, regions, objectness] =
            tensors.each_ref().map(|tensor| tensor.as_slice::<f32>().unwrap_or_default());
        let deltas = deltas.as_chunks::<4>().0;
        let foreground = classes - 1;
        let mut boxes = vec![[0.0; 4]; foreground * n];
        let mut scores = vec![ABSENT; foreground * n];
        for (region, corners) in regions.as_chunks::<4>().0.iter().enumerate() {
            if objectness[region] <= ABSENT {
                continue;
            }
            let own = &logits[region * classes..(region + 1) * classes];
            let max = own.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let total: f32 = own.iter().map(|logit| (logit - max).exp()).sum();
            for (class, logit) in own.iter().enumerate().skip(1) {
                let score = (logit - max).exp() / total;
                if score <= limits.score_threshold {
                    continue;
                }
                let deltas = deltas[region * classes + class];
                let deltas = core::array::from_fn(|index| deltas[index] / BOX_WEIGHTS[index]);
                let decoded = decode_clipped(deltas, *corners, limits.boxes.image);
                let at = (class - 1) * n + region;
                boxes[at] = decoded;
                if is_large_box(decoded, limits.boxes.min_size) {
                    scores[at] = score;
                }
            }
        }
        (
            FlexTensor::from_data(TensorData::new(boxes.into_flattened(), [foreground, n, 4])),
            FlexTensor::from_data(TensorData::new(scores, [foreground, n])),
        )
    }
}
