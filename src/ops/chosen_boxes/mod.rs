//! Boxes and scores of chosen entries, and the group of each.

use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

/// What a backend provides for [`chosen_boxes`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait ChosenBoxesBackend: Backend {
    /// See [`chosen_boxes`].
    fn chosen_boxes(
        boxes: FloatTensor<Self>,
        scores: FloatTensor<Self>,
        chosen: IntTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, IntTensor<Self>);
}

/// Entries of groups, such as levels or classes, selected by index. An index is `group × n + position in the
/// group`.
///
/// On the CPU, where reading scores is free, the output ends before the first entry that is
/// [`ABSENT`](super::ABSENT), so that later stages compute no more than needed; but at least one entry is kept, so
/// that no stage receives an empty tensor. On the GPU, where reading them would mean waiting, all entries are kept,
/// and the corners of absent boxes are [`ABSENT`](super::ABSENT), too, so that no features are pooled for them.
///
/// # Shapes
/// - boxes, scores: `[groups × n, 4]` and `[groups, n]`
/// - chosen: `[k]`, valid entries first
/// - output: boxes `[m, 4]`, scores `[m]`, and groups `[m]`, counted from 1, with `1 <= m <= k`
pub fn chosen_boxes(
    boxes: Tensor<2>,
    scores: Tensor<2>,
    chosen: Tensor<1, Int>,
) -> (Tensor<2>, Tensor<1>, Tensor<1, Int>) {
    let (boxes, scores, chosen) = (boxes.into_dispatch(), scores.into_dispatch(), chosen.into_dispatch());
    let (boxes, scores, groups) = Dispatch::chosen_boxes(boxes, scores, chosen);
    (Tensor::from_dispatch(boxes), Tensor::from_dispatch(scores), Tensor::from_dispatch(groups))
}
