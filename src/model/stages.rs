//! The stages of a run through the network, as an observer sees them.

use core::future::Future;

use burn::tensor::Tensor;

use super::backbone::FeaturePyramid;
use super::roi_heads::{BoxDetections, BoxOutput};
use super::rpn::{Candidates, Proposals, RpnOutput};
use super::{Batch, Regions};
use crate::error::Result;

/// The output of a stage, or of a part of one. The device has been given the work, but may not have finished it.
#[derive(Debug, Clone, Copy)]
pub enum StageOutput<'a> {
    /// The network's input.
    Input(&'a Batch),
    /// What C2 is computed from: `[N, stem, H / 4, W / 4]` in a residual network, `[N, channels, H / 2, W / 2]` in an
    /// EfficientNet-Lite.
    Stem(&'a Tensor<4>),
    /// C2 to C5.
    Features {
        /// 0 for C2 to 3 for C5.
        index: usize,
        /// `[N, C, H / stride, W / stride]`, stride 4 to 32.
        features: &'a Tensor<4>,
    },
    /// P2 to P6.
    Pyramid(&'a FeaturePyramid),
    /// Objectness and deltas of every level.
    Rpn(&'a [RpnOutput; 5]),
    /// The best anchors of each level of one batch entry, before non-maximum suppression.
    Candidates(&'a Candidates),
    /// The proposals of one batch entry.
    Proposals {
        /// What they are pooled from.
        regions: &'a Regions,
        /// The proposals.
        proposals: &'a Proposals,
    },
    /// Class and box of each proposal of one batch entry.
    Boxes {
        /// The proposals.
        proposals: &'a Proposals,
        /// Class logits and deltas.
        output: &'a BoxOutput,
    },
    /// The detections of one batch entry.
    Detections {
        /// What their masks are pooled from.
        regions: &'a Regions,
        /// The detections, without masks.
        detections: &'a BoxDetections,
    },
    /// The masks of one batch entry; not for a Faster R-CNN.
    Masks {
        /// The detections.
        detections: &'a BoxDetections,
        /// Mask logits of each detection's own class, `[n, size, size]`.
        logits: &'a Tensor<3>,
    },
}

/// The stage of each output of one image, in order.
const STAGES: [&str; 13] = [
    "transform",
    "backbone",
    "backbone",
    "backbone",
    "backbone",
    "backbone",
    "fpn",
    "rpn head",
    "proposals",
    "proposals",
    "box head",
    "detections",
    "mask head",
];

impl StageOutput<'_> {
    /// Number of outputs of one image, by whether the network has a mask branch.
    pub fn count(masks: bool) -> usize {
        if masks { STAGES.len() } else { STAGES.len() - 1 }
    }

    /// How many outputs of the image come before this one.
    pub fn position(&self) -> usize {
        match self {
            Self::Input(_) => 0,
            Self::Stem(_) => 1,
            Self::Features { index, .. } => 2 + index,
            Self::Pyramid(_) => 6,
            Self::Rpn(_) => 7,
            Self::Candidates(_) => 8,
            Self::Proposals { .. } => 9,
            Self::Boxes { .. } => 10,
            Self::Detections { .. } => 11,
            Self::Masks { .. } => 12,
        }
    }

    /// The stage that the output is of. Consecutive outputs may be of the same one.
    pub fn stage(&self) -> &'static str {
        STAGES[self.position()]
    }

    /// One of the output's tensors, `[values]`, which is ready when all of the output is.
    pub fn last_tensor(&self) -> Tensor<1> {
        match self {
            Self::Input(batch) => flat(&batch.input),
            Self::Stem(features) | Self::Features { features, .. } => flat(features),
            Self::Pyramid(pyramid) => flat(&pyramid[0]),
            Self::Rpn(levels) => flat(&levels[4].deltas),
            Self::Candidates(candidates) => flat(&candidates.scores),
            Self::Proposals { proposals, .. } => proposals.scores.clone(),
            Self::Boxes { output, .. } => flat(&output.deltas),
            Self::Detections { detections, .. } => detections.scores.clone(),
            Self::Masks { logits, .. } => flat(logits),
        }
    }

    /// The scores of the regions that the stage works on, `[n]`, [`ABSENT`](crate::ops::ABSENT) for padding; `None` for
    /// a stage that does not work on regions.
    pub fn region_scores(&self) -> Option<Tensor<1>> {
        match self {
            Self::Boxes { proposals, .. } => Some(proposals.scores.clone()),
            Self::Masks { detections, .. } => Some(detections.scores.clone()),
            _ => None,
        }
    }
}

fn flat<const D: usize>(tensor: &Tensor<D>) -> Tensor<1> {
    tensor.clone().flatten(0, D - 1)
}

/// Is told of each stage of a run, which waits for it.
pub trait Observer {
    /// Called after each stage. An error ends the run.
    ///
    /// # Errors
    /// Whatever the observer wants the run to end with.
    fn after(&mut self, output: StageOutput<'_>) -> impl Future<Output = Result<()>>;
}

/// The observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    async fn after(&mut self, _: StageOutput<'_>) -> Result<()> {
        Ok(())
    }
}
