//! From objectness and deltas to proposals
//! (`RegionProposalNetwork.filter_proposals` in `torchvision/models/detection/rpn.py`).

use burn::tensor::Tensor;

use super::{RpnConfig, RpnOutput, anchors::anchor_grid};
use crate::ops::anchor_boxes::{BoxLimits, anchor_boxes};
use crate::ops::{chosen_boxes::chosen_boxes, level_rows::level_rows, nms::nms, top_k::top_k};
use crate::structures::Size;

/// Regions of one picture that may hold an object, the likeliest first.
#[derive(Debug, Clone)]
pub struct Proposals {
    /// `[n, 4]`, x1, y1, x2, y2 in pixels of the resized picture.
    pub boxes: Tensor<2>,
    /// Objectness logits, `[n]`; [`ABSENT`](crate::ops::ABSENT) where there is no proposal.
    pub scores: Tensor<1>,
}

/// The likeliest regions of each level, before those that overlap are suppressed.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// `[levels × k, 4]`, level by level, x1, y1, x2, y2 in pixels of the resized picture.
    pub boxes: Tensor<2>,
    /// Objectness logits, `[levels, k]`, the best of a level first; [`ABSENT`](crate::ops::ABSENT)
    /// where there is none.
    pub scores: Tensor<2>,
}

/// The candidates of one picture of a batch: of each level the best ones, moved and scaled by their
/// deltas, clipped to the picture, without those that are too small.
///
/// `resized` and `padded` are the picture's height and width without and with padding.
pub fn candidates(
    config: &RpnConfig,
    outputs: &[RpnOutput; 5],
    picture: usize,
    resized: (usize, usize),
    padded: (usize, usize),
) -> Candidates {
    let rows = |columns: usize, of: fn(&RpnOutput) -> &Tensor<4>| {
        level_rows(outputs.each_ref().map(|output| of(output).clone()), picture, columns)
    };
    // The levels are sorted and suppressed side by side.
    let scores: Tensor<2> = rows(1, |output| &output.objectness).squeeze_dim(2);
    let chosen = top_k(scores.clone(), config.pre_nms_top_n);
    let grids = core::array::from_fn(|level| {
        let [_, _, height, width] = outputs[level].objectness.dims();
        anchor_grid(config, level, (height, width), padded)
    });
    let limits = BoxLimits { image: Size { height: resized.0, width: resized.1 }, min_size: config.min_size };
    let (boxes, scores) = anchor_boxes(chosen, scores, rows(4, |output| &output.deltas), grids, limits);
    Candidates { boxes, scores }
}

/// The proposals among one picture's candidates: of those of a level that overlap the best one, and
/// of all levels' together the best.
pub fn propose(config: &RpnConfig, Candidates { boxes, scores }: Candidates) -> Proposals {
    let [levels, k] = scores.dims();
    let scores = nms(boxes.clone().reshape([levels, k, 4]), scores, config.nms_threshold);

    let best = top_k(scores.clone().reshape([1, levels * k]), config.post_nms_top_n);
    let (boxes, scores, _) = chosen_boxes(boxes, scores, best.reshape([-1]));
    Proposals { boxes, scores }
}
