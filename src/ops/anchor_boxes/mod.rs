//! Boxes of chosen anchors: moved and scaled by their deltas, clipped to the image
//! (`RegionProposalNetwork.filter_proposals` in `torchvision/models/detection/rpn.py`).

use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

use crate::structures::Size;

/// Where the anchors of one level are, in pixels of the resized image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnchorGrid {
    /// Cells in a row.
    pub columns: usize,
    /// Distance from one cell to the next, to the right and down.
    pub strides: [f32; 2],
    /// The anchors of the first cell, one per aspect ratio, x1, y1, x2, y2.
    pub base: [[f32; 4]; 3],
}

/// Which boxes are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxLimits {
    /// The resized image, in pixels, to which boxes are clipped.
    pub image: Size,
    /// Minimum length of both sides of a box, in pixels of the resized image.
    pub min_size: f32,
}

/// Which boxes of some batch entries are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchLimits {
    /// For each entry its resized image, in pixels, to which boxes are clipped.
    pub images: Vec<Size>,
    /// Minimum length of both sides of a box, in pixels of the resized image.
    pub min_size: f32,
}

/// What a backend provides for [`anchor_boxes`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait AnchorBoxesBackend: Backend {
    /// See [`anchor_boxes`]: boxes and scores.
    fn anchor_boxes(
        chosen: IntTensor<Self>,
        scores: FloatTensor<Self>,
        deltas: FloatTensor<Self>,
        grids: [AnchorGrid; 5],
        limits: BatchLimits,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// Box and score of each chosen anchor of `n` batch entries. The score is [`ABSENT`](super::ABSENT) for a padded entry, whose box
/// is empty, and where the box is too small.
///
/// # Shapes
/// - chosen: `[n × 5, k]`, indices into the rows
/// - scores, deltas: `[n × 5, longest]` and `[n × 5, longest, 4]`, of [`level_rows`](super::level_rows::level_rows)
/// - limits: of `n` images
/// - output: `[n × 5 × k, 4]`, x1, y1, x2, y2 in pixels of the resized image, and `[n × 5, k]`
pub fn anchor_boxes(
    chosen: Tensor<2, Int>,
    scores: Tensor<2>,
    deltas: Tensor<3>,
    grids: [AnchorGrid; 5],
    limits: BatchLimits,
) -> (Tensor<2>, Tensor<2>) {
    let (chosen, scores, deltas) = (chosen.into_dispatch(), scores.into_dispatch(), deltas.into_dispatch());
    let (boxes, scores) = Dispatch::anchor_boxes(chosen, scores, deltas, grids, limits);
    (Tensor::from_dispatch(boxes), Tensor::from_dispatch(scores))
}
