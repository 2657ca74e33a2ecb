//! Box and score of each region for each class
//! (`RoIHeads.postprocess_detections` in `torchvision/models/detection/roi_heads.py`).

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

use super::anchor_boxes::BoxLimits;

/// What a backend provides for [`class_boxes`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait ClassBoxesBackend: Backend {
    /// See [`class_boxes`]: boxes and scores.
    fn class_boxes(
        logits: FloatTensor<Self>,
        deltas: FloatTensor<Self>,
        regions: FloatTensor<Self>,
        objectness: FloatTensor<Self>,
        limits: BoxLimits,
        threshold: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// The regions as each class but the background sees them: moved and scaled by the class's deltas,
/// clipped, with the class's probability. The score is [`ABSENT`](super::ABSENT) where that is not
/// above the threshold, the box too small, or the region not there; such a box means nothing.
///
/// # Shapes
/// - logits, deltas: `[n, classes]` and `[n, classes × 4]`, the background first; deltas are weighted
///   as [`BOX_WEIGHTS`](super::box_coder::BOX_WEIGHTS) says
/// - regions, objectness: `[n, 4]`, x1, y1, x2, y2, and `[n]`
/// - output: `[classes - 1, n, 4]`, and scores, 0..1, `[classes - 1, n]`
pub fn class_boxes(
    logits: Tensor<2>,
    deltas: Tensor<2>,
    regions: Tensor<2>,
    objectness: Tensor<1>,
    limits: BoxLimits,
    threshold: f32,
) -> (Tensor<3>, Tensor<2>) {
    let (logits, deltas) = (logits.into_dispatch(), deltas.into_dispatch());
    let (regions, objectness) = (regions.into_dispatch(), objectness.into_dispatch());
    let (boxes, scores) = Dispatch::class_boxes(logits, deltas, regions, objectness, limits, threshold);
    (Tensor::from_dispatch(boxes), Tensor::from_dispatch(scores))
}
