//! From objectness and deltas to proposals
//! (`RegionProposalNetwork.filter_proposals` in `torchvision/models/detection/rpn.py`).

use core::ops::Range;

use burn::tensor::{DType, Int, Tensor, TensorData};

use super::{Anchors, RpnOutput};
use crate::config::{ProposalSettings, RpnConfig, Settings};
use crate::model::transform::PictureSize;
use crate::ops::anchor_boxes::{BatchLimits, anchor_boxes};
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

/// The [proposals](Proposals) of several images, as many of each.
#[derive(Debug, Clone)]
pub struct BatchProposals {
    /// `[images, n, 4]`.
    pub boxes: Tensor<3>,
    /// `[images, n]`.
    pub scores: Tensor<2>,
}

/// The likeliest regions of each level of one or more images, before those that overlap are suppressed.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// `[images × levels × k, 4]`, image by image and level by level, x1, y1, x2, y2 in pixels of the resized image.
    pub boxes: Tensor<2>,
    /// Objectness logits, `[images × levels, k]`, the best of a level first; [`ABSENT`](crate::ops::ABSENT)
    /// where there is none.
    pub scores: Tensor<2>,
}

/// What the region proposal network says of some batch entries, and their sizes.
#[derive(Debug, Clone)]
pub struct RpnLevels<'a> {
    /// Objectness and deltas of each level, of the whole batch.
    pub outputs: &'a [RpnOutput; 5],
    /// Which entries of the batch.
    pub entries: Range<usize>,
    /// The sizes of the images of all entries of the batch.
    pub sizes: &'a [PictureSize],
    /// Height and width with padding.
    pub padded: (usize, usize),
}

/// The candidates of some batch entries: of each level the best anchors, moved and scaled by their
/// deltas, clipped to the image, without those that are too small.
pub fn candidates(layout: &RpnConfig, settings: &Settings, levels: RpnLevels) -> Candidates {
    let RpnLevels { outputs, entries, sizes, padded } = levels;
    let anchors = Anchors { settings: &settings.anchors, placement: layout.anchor_placement };
    let rows = |columns: usize, of: fn(&RpnOutput) -> &Tensor<4>| {
        level_rows(outputs.each_ref().map(|output| of(output).clone()), entries.clone(), columns)
    };
    // The levels of all entries are sorted and suppressed side by side.
    let scores: Tensor<2> = rows(1, |output| &output.objectness).squeeze_dim(2);
    let chosen = top_k(scores.clone(), settings.proposals.pre_nms_top_n);
    let grids = core::array::from_fn(|level| {
        let [_, _, height, width] = outputs[level].objectness.dims();
        anchors.grid(level, (height, width), padded)
    });
    let images = sizes[entries.clone()].iter().map(|size| Size { height: size.resized.0, width: size.resized.1 });
    let limits = BatchLimits { images: images.collect(), min_size: layout.min_size };
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

/// As [`propose`], for the candidates of several images at once: as many kernels as for one.
pub fn propose_batch(
    settings: &ProposalSettings,
    Candidates { boxes, scores }: Candidates,
    images: usize,
) -> BatchProposals {
    let [rows, k] = scores.dims();
    let scores = nms(boxes.clone().reshape([rows, k, 4]), scores, settings.nms_threshold);

    let of_image = rows / images * k;
    let best = top_k(scores.clone().reshape([images, of_image]), settings.post_nms_top_n);
    let n = best.dims()[1];
    let starts: Vec<i32> = (0..images).map(|image| (image * of_image) as i32).collect();
    let starts = Tensor::<2, Int>::from_data(TensorData::new(starts, [images, 1]), (&scores.device(), DType::I32));
    let best: Tensor<1, Int> = (best + starts).reshape([images * n]);
    BatchProposals {
        boxes: boxes.select(0, best.clone()).reshape([images, n, 4]),
        scores: scores.reshape([rows * k]).select(0, best).reshape([images, n]),
    }
}

/// Values of the largest tensor of [`candidates`]: 128 MiB, which every WebGPU device can bind at once
/// (`maxStorageBufferBindingSize`).
const MAX_VALUES: usize = 1 << 25;

/// How many batch entries' candidates fit at once into what a device can bind; at least one.
pub fn entries_at_once(outputs: &[RpnOutput; 5]) -> usize {
    let anchors = outputs.iter().map(|output| output.objectness.dims()[1..].iter().product()).max().unwrap_or(1);
    let of_entry: usize = outputs.len() * anchors * 4;
    (MAX_VALUES / of_entry.max(1)).max(1)
}
