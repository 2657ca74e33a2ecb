//! From objectness and deltas to proposals
//! (`RegionProposalNetwork.filter_proposals` in `torchvision/models/detection/rpn.py`).

use burn::tensor::{Int, Tensor, TensorData};

use super::{RpnConfig, RpnOutput, anchors::anchors};
use crate::ops::{ABSENT, box_coder, leading::leading, nms::nms, top_k::top_k};

/// Regions of one picture that may hold an object, the likeliest first.
#[derive(Debug, Clone)]
pub struct Proposals {
    /// `[n, 4]`, x1, y1, x2, y2 in pixels of the resized picture.
    pub boxes: Tensor<2>,
    /// Objectness logits, `[n]`; [`ABSENT`] where there is no proposal.
    pub scores: Tensor<1>,
}

/// The likeliest regions of each level, before those that overlap are suppressed.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// `[levels × k, 4]`, level by level, x1, y1, x2, y2 in pixels of the resized picture.
    pub boxes: Tensor<2>,
    /// Objectness logits, `[levels, k]`, the best of a level first; [`ABSENT`] where there is none.
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
    let device = outputs[0].objectness.device();
    let mut scores = Vec::new();
    let mut deltas = Vec::new();
    let mut boxes = Vec::new();
    let mut starts = vec![0usize];
    for (index, output) in outputs.iter().enumerate() {
        let [_, ratios, height, width] = output.objectness.dims();
        let n = ratios * height * width;
        let of_picture = |tensor: &Tensor<4>| tensor.clone().narrow(0, picture, 1);
        scores.push(of_picture(&output.objectness).permute([0, 2, 3, 1]).reshape([1, n]));
        let of_anchors = of_picture(&output.deltas).reshape([ratios, 4, height, width]);
        deltas.push(of_anchors.permute([2, 3, 0, 1]).reshape([n, 4]));
        boxes.push(anchors(config, index, (height, width), padded, &device));
        starts.push(starts[index] + n);
    }

    // The levels become rows of equal length, so that they are sorted and suppressed side by side.
    let (levels, total) = (outputs.len(), starts[outputs.len()]);
    let longest = scores.iter().map(|level| level.dims()[1]).max().unwrap_or(0);
    let rows = scores.into_iter().map(|level| {
        let missing = longest - level.dims()[1];
        match missing {
            0 => level,
            _ => Tensor::cat(vec![level, Tensor::full([1, missing], ABSENT, &device)], 1),
        }
    });
    let scores: Tensor<2> = Tensor::cat(rows.collect(), 0);
    let best = top_k(scores.clone(), config.pre_nms_top_n);
    let [_, k] = best.dims();
    let scores = scores.gather(1, best.clone());

    let starts: Vec<i32> = starts[..levels].iter().map(|&start| start as i32).collect();
    let starts = Tensor::<2, Int>::from_data(TensorData::new(starts, [levels, 1]), &device);
    let chosen = (best + starts).clamp_max(total as i32 - 1).reshape([levels * k]);
    let deltas = Tensor::cat(deltas, 0).select(0, chosen.clone());
    let boxes = Tensor::cat(boxes, 0).select(0, chosen);
    let boxes = box_coder::clip(box_coder::decode(deltas, boxes, box_coder::RPN_WEIGHTS), resized);

    let is_small = box_coder::is_large(boxes.clone(), config.min_size).bool_not();
    let scores = scores.mask_fill(is_small.reshape([levels, k]), ABSENT);
    Candidates { boxes, scores }
}

/// The proposals among one picture's candidates: of those of a level that overlap the best one, and
/// of all levels' together the best.
pub fn propose(config: &RpnConfig, Candidates { boxes, scores }: Candidates) -> Proposals {
    let [levels, k] = scores.dims();
    let scores = nms(boxes.clone().reshape([levels, k, 4]), scores, config.nms_threshold);

    let scores = scores.reshape([1, levels * k]);
    let best = top_k(scores.clone(), config.post_nms_top_n).reshape([-1]);
    let scores = scores.reshape([levels * k]).select(0, best.clone());
    let boxes = leading(boxes.select(0, best), scores.clone());
    let [n, _] = boxes.dims();
    Proposals { boxes, scores: scores.narrow(0, 0, n) }
}
