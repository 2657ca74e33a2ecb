//! Non-maximum suppression: of boxes that overlap, only the best stays
//! (`torchvision/ops/boxes.py`, `nms` and `batched_nms`).

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`nms`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait NmsBackend: Backend {
    /// See [`nms`].
    fn nms(boxes: FloatTensor<Self>, scores: FloatTensor<Self>, iou_threshold: f32) -> FloatTensor<Self>;
}

/// Greedy non-maximum suppression, each group for itself.
///
/// A box is suppressed by a better one of its group when their IoU is strictly greater than the
/// threshold. Of equal scores the lower index counts as better. A level of the pyramid or a class
/// makes a group.
///
/// # Shapes
/// - boxes: `[groups, n, 4]`, x1, y1, x2, y2
/// - scores: `[groups, n]`; entries with [`ABSENT`](super::ABSENT) take no part
/// - output: `[groups, n]`, the scores, with `ABSENT` for those suppressed
pub fn nms(boxes: Tensor<3>, scores: Tensor<2>, iou_threshold: f32) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::nms(boxes.into_dispatch(), scores.into_dispatch(), iou_threshold))
}
