//! From class logits and deltas to detections
//! (`RoIHeads.postprocess_detections` in `torchvision/models/detection/roi_heads.py`).

use burn::tensor::activation::softmax;
use burn::tensor::{Int, Tensor};

use super::{BoxOutput, RoiHeadsConfig};
use crate::model::rpn::Proposals;
use crate::ops::{ABSENT, box_coder, leading::leading, nms::nms, top_k::top_k};

/// Detections of one picture, the best first.
#[derive(Debug, Clone)]
pub struct BoxDetections {
    /// `[n, 4]`, x1, y1, x2, y2 in pixels of the resized picture.
    pub boxes: Tensor<2>,
    /// `[n]`, 0..1; [`ABSENT`] where there is no detection.
    pub scores: Tensor<1>,
    /// Classes, 1 and more, `[n]`.
    pub labels: Tensor<1, Int>,
    /// Where each was among all classes' boxes, `[n]`: `(class - 1) × proposals + proposal`.
    pub entries: Tensor<1, Int>,
}

impl BoxDetections {
    /// The proposal that each detection came from, `[n]`; there were so many proposals.
    pub fn proposals(&self, count: usize) -> Tensor<1, Int> {
        self.entries.clone().remainder_scalar(count as i32)
    }
}

/// Chooses the detections of one picture; `resized` is its height and width without padding.
pub fn detect(
    config: &RoiHeadsConfig,
    proposals: &Proposals,
    output: BoxOutput,
    resized: (usize, usize),
) -> BoxDetections {
    let [n, classes] = output.logits.dims();
    let foreground = classes - 1;

    let boxes = proposals.boxes.clone().unsqueeze_dim::<3>(1).expand([n, classes, 4]).reshape([n * classes, 4]);
    let boxes = box_coder::decode(output.deltas.reshape([n * classes, 4]), boxes, box_coder::BOX_WEIGHTS);
    let boxes = box_coder::clip(boxes, resized).reshape([n, classes, 4]);
    // Each class becomes a row, so that suppression sees one class at a time.
    let boxes: Tensor<3> = boxes.narrow(1, 1, foreground).swap_dims(0, 1);
    let flat_boxes: Tensor<2> = boxes.clone().reshape([foreground * n, 4]);

    let scores: Tensor<2> = softmax(output.logits, 1).narrow(1, 1, foreground).swap_dims(0, 1);
    let is_small = box_coder::is_large(flat_boxes.clone(), config.min_size).bool_not().reshape([foreground, n]);
    let is_absent = proposals.scores.clone().lower_equal_elem(ABSENT).unsqueeze::<2>().expand([foreground, n]);
    let is_unlikely = scores.clone().lower_equal_elem(config.score_threshold);
    let scores = scores.mask_fill(is_small.bool_or(is_absent).bool_or(is_unlikely), ABSENT);
    let scores = nms(boxes, scores, config.nms_threshold).reshape([1, foreground * n]);

    let best = top_k(scores.clone(), config.detections_per_image).reshape([-1]);
    let scores = scores.reshape([foreground * n]).select(0, best.clone());
    let boxes = leading(flat_boxes.select(0, best.clone()), scores.clone());
    let [kept, _] = boxes.dims();
    let entries = best.narrow(0, 0, kept);
    BoxDetections {
        boxes,
        scores: scores.narrow(0, 0, kept),
        labels: entries.clone().div_scalar(n as i32).add_scalar(1),
        entries,
    }
}
