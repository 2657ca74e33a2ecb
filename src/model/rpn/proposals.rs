//! From objectness and deltas to proposals
//! (`RegionProposalNetwork.filter_proposals` in `torchvision/models/detection/rpn.py`).

use burn::tensor::Tensor;

use super::{Anchors, RpnOutput};
use crate::config::{ProposalSettings, RpnConfig, Settings};
use crate::ops::anchor_boxes::{BoxLimits, anchor_boxes};
use crate::ops::{chosen_boxes::chosen_boxes, level_rows::level_rows, nms::nms, top_k::top_k};
use crate::structures::Size;

/// Regions of one image that may hold an object, the likeliest first.
#[derive(Debug, Clone)]
pub struct Proposals {
    /// `[n, 4]`, x1, y1, x2, y2 in pixels of the resized image.
    pub boxes: Tensor<2>,
    /// Objectness logits, `[n]`; [`ABSENT`](crate::ops::ABSENT) where there is no proposal.
    pub scores: Tensor<1>,
}

/// The likeliest regions of each level, before those that overlap are suppressed.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// `[levels × k, 4]`, level by level, x1, y1, x2, y2 in pixels of the resized image.
    pub boxes: Tensor<2>,
    /// Objectness logits, `[levels, k]`, the best of a level first; [`ABSENT`](crate::ops::ABSENT)
    /// where there is none.
    pub scores: Tensor<2>,
}

/// What the region proposal network says of one batch entry, and the entry's size.
#[derive(Debug, Clone, Copy)]
pub struct RpnLevels<'a> {
    /// Objectness and deltas of each level, of the whole batch.
    pub outputs: &'a [RpnOutput; 5],
    /// Which entry of the batch.
    pub entry: usize,
    /// Height and width of the image without padding.
    pub resized: (usize, usize),
    /// Height and width with padding.
    pub padded: (usize, usize),
}

/// The candidates of one batch entry: of each level the best anchors, moved and scaled by their
/// deltas, clipped to the image, without those that are too small.
pub fn candidates(layout: &RpnConfig, settings: &Settings, levels: RpnLevels) -> Candidates {
    let RpnLevels { outputs, entry, resized, padded } = levels;
    let anchors = Anchors { settings: &settings.anchors, placement: layout.anchor_placement };
    let rows = |columns: usize, of: fn(&RpnOutput) -> &Tensor<4>| {
        level_rows(outputs.each_ref().map(|output| of(output).clone()), entry, columns)
    };
    // The levels are sorted and suppressed side by side.
    let scores: Tensor<2> = rows(1, |output| &output.objectness).squeeze_dim(2);
    let chosen = top_k(scores.clone(), settings.proposals.pre_nms_top_n);
    let grids = core::array::from_fn(|level| {
        let [_, _, height, width] = outputs[level].objectness.dims();
        anchors.grid(level, (height, width), padded)
    });
    let limits = BoxLimits { image: Size { height: resized.0, width: resized.1 }, min_size: layout.min_size };
    let (boxes, scores) = anchor_boxes(chosen, scores, rows(4, |output| &output.deltas), grids, limits);
    Candidates { boxes, scores }
}

/// The proposals among one image's candidates: of those of a level that overlap the best one, and
/// of all levels' together the best.
pub fn propose(settings: &ProposalSettings, Candidates { boxes, scores }: Candidates) -> Proposals {
    let [levels, k] = scores.dims();
    let scores = nms(boxes.clone().reshape([levels, k, 4]), scores, settings.nms_threshold);

    let best = top_k(scores.clone().reshape([1, levels * k]), settings.post_nms_top_n);
    let (boxes, scores, _) = chosen_boxes(boxes, scores, best.reshape([-1]));
    Proposals { boxes, scores }
}
