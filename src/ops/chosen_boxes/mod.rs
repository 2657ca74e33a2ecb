//! Boxes and scores of chosen entries, and the group that each is of.

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

/// Entries of groups, such as levels or classes, picked out by their numbers. A number is
/// `group × n + place in the group`.
///
/// On the CPU, where the scores can be looked at for free, those from the first entry on that is
/// [`ABSENT`](super::ABSENT) are left out, so that the later stages compute no more than what is
/// needed; but one stays, for no stage to meet an empty tensor. On the GPU, where looking would
/// mean to wait, all stay, and the sides of those boxes are [`ABSENT`](super::ABSENT), too, so that
/// no features are pooled for them.
///
/// # Shapes
/// - boxes, scores: `[groups × n, 4]` and `[groups, n]`
/// - chosen: `[k]`, those that are there first
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
