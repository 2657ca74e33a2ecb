//! From class logits and deltas to detections
//! (`RoIHeads.postprocess_detections` in `torchvision/models/detection/roi_heads.py`).

use burn::tensor::{Int, Tensor};

use super::BoxOutput;
use crate::config::DetectionSettings;
use crate::model::rpn::Proposals;
use crate::ops::anchor_boxes::BoxLimits;
use crate::ops::class_boxes::{ClassLimits, class_boxes};
use crate::ops::{chosen_boxes::chosen_boxes, nms::nms, top_k::top_k};

/// Detections of one image, the best first.
#[derive(Debug, Clone)]
pub struct BoxDetections {
    /// `[n, 4]`, x1, y1, x2, y2 in pixels of the resized image.
    pub boxes: Tensor<2>,
    /// `[n]`, 0..1; [`ABSENT`](crate::ops::ABSENT) where there is no detection.
    pub scores: Tensor<1>,
    /// Classes, 1 and more, `[n]`.
    pub labels: Tensor<1, Int>,
    /// Where each was among all classes' boxes, `[n]`: `(class - 1) × proposals + proposal`.
    pub entries: Tensor<1, Int>,
}

impl BoxDetections {
    /// The proposal that each detection came from, `[n]`, and the number of proposals.
    pub fn proposals(&self, count: usize) -> Tensor<1, Int> {
        self.entries.clone().remainder_scalar(count as i32)
    }
}

/// Chooses the detections of one image.
pub fn detect(
    settings: &DetectionSettings,
    proposals: &Proposals,
    output: BoxOutput,
    limits: BoxLimits,
) -> BoxDetections {
    let [n, classes] = output.logits.dims();
    let foreground = classes - 1;

    // Each class is a row, so that suppression sees one class at a time.
    let limits = ClassLimits { boxes: limits, score_threshold: settings.score_threshold };
    let (boxes, scores) =
        class_boxes(output.logits, output.deltas, proposals.boxes.clone(), proposals.scores.clone(), limits);
    let flat_boxes: Tensor<2> = boxes.clone().reshape([foreground * n, 4]);
    let scores = nms(boxes, scores, settings.nms_threshold);

    let best = top_k(scores.clone().reshape([1, foreground * n]), settings.max_detections).reshape([-1]);
    let (boxes, scores, labels) = chosen_boxes(flat_boxes, scores, best.clone());
    let [kept] = scores.dims();
    BoxDetections { boxes, scores, labels, entries: best.narrow(0, 0, kept) }
}
