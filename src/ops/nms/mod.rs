//! Non-maximum suppression: of overlapping boxes only the best is kept
//! (`torchvision/ops/boxes.py`, `nms` and `batched_nms`).

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`nms`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait NmsBackend: Backend {
    /// See [`nms`].
    fn nms(boxes: FloatTensor<Self>, scores: FloatTensor<Self>, iou_threshold: f32) -> FloatTensor<Self>;
}

/// Greedy non-maximum suppression, separately for each group.
///
/// A box is suppressed by a better one of its group when their IoU is strictly greater than the
/// threshold. Ties are broken by the lower index. A group is a level of the pyramid or a class.
///
/// # Shapes
/// - boxes: `[groups, n, 4]`, x1, y1, x2, y2
/// - scores: `[groups, n]`; entries with [`ABSENT`](super::ABSENT) are ignored
/// - output: `[groups, n]`, the scores, with `ABSENT` for those suppressed
pub fn nms(boxes: Tensor<3>, scores: Tensor<2>, iou_threshold: f32) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::nms(boxes.into_dispatch(), scores.into_dispatch(), iou_threshold))
}
