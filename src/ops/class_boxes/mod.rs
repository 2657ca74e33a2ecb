//! Box and score of each region for each class
//! (`RoIHeads.postprocess_detections` in `torchvision/models/detection/roi_heads.py`).

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

use super::anchor_boxes::BoxLimits;

/// Which boxes are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassLimits {
    /// By size and place.
    pub boxes: BoxLimits,
    /// A box is kept if its score, 0..1, is greater than this.
    pub score_threshold: f32,
}

/// What a backend provides for [`class_boxes`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait ClassBoxesBackend: Backend {
    /// See [`class_boxes`]: boxes and scores.
    fn class_boxes(
        logits: FloatTensor<Self>,
        deltas: FloatTensor<Self>,
        regions: FloatTensor<Self>,
        objectness: FloatTensor<Self>,
        limits: ClassLimits,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// The box of each region for each class except the background: moved and scaled by the class's deltas,
/// clipped, with the class's probability as score. The score is [`ABSENT`](super::ABSENT) if it is not above
/// the threshold, the box is too small or the region is absent; such a box is undefined.
///
/// # Shapes
/// - logits, deltas: `[n, classes]` and `[n, classes × 4]`, the background first; deltas are weighted
///   by [`BOX_WEIGHTS`](super::box_coder::BOX_WEIGHTS)
/// - regions, objectness: `[n, 4]`, x1, y1, x2, y2, and `[n]`
/// - output: `[classes - 1, n, 4]`, and scores, 0..1, `[classes - 1, n]`
pub fn class_boxes(
    logits: Tensor<2>,
    deltas: Tensor<2>,
    regions: Tensor<2>,
    objectness: Tensor<1>,
    limits: ClassLimits,
) -> (Tensor<3>, Tensor<2>) {
    let (logits, deltas) = (logits.into_dispatch(), deltas.into_dispatch());
    let (regions, objectness) = (regions.into_dispatch(), objectness.into_dispatch());
    let (boxes, scores) = Dispatch::class_boxes(logits, deltas, regions, objectness, limits);
    (Tensor::from_dispatch(boxes), Tensor::from_dispatch(scores))
}
