//! Detections packed for reading back: all values of each in a row.

use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

/// Number of values of a detection before its mask: box, score, label.
pub const HEAD: usize = 6;

/// What a backend provides for [`pack_detections`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait PackDetectionsBackend: Backend {
    /// See [`pack_detections`].
    fn pack_detections(
        boxes: FloatTensor<Self>,
        scores: FloatTensor<Self>,
        labels: IntTensor<Self>,
        masks: FloatTensor<Self>,
        scale: [f32; 4],
    ) -> FloatTensor<Self>;

    /// The same without masks.
    fn pack_boxes(
        boxes: FloatTensor<Self>,
        scores: FloatTensor<Self>,
        labels: IntTensor<Self>,
        scale: [f32; 4],
    ) -> FloatTensor<Self>;
}

/// The box of each detection, multiplied with `scale` (x, y, x, y), its score, its label and the
/// probabilities of its mask.
///
/// # Shapes
/// - boxes, scores, labels: `[n, 4]`, `[n]` and `[n]`
/// - masks: logits, `[n, size, size]`
/// - output: `[n × (6 + size × size)]`; `[n × 6]` without masks
pub fn pack_detections(
    boxes: Tensor<2>,
    scores: Tensor<1>,
    labels: Tensor<1, Int>,
    masks: Option<Tensor<3>>,
    scale: [f32; 4],
) -> Tensor<1> {
    let (boxes, scores, labels) = (boxes.into_dispatch(), scores.into_dispatch(), labels.into_dispatch());
    Tensor::from_dispatch(match masks {
        Some(masks) => Dispatch::pack_detections(boxes, scores, labels, masks.into_dispatch(), scale),
        None => Dispatch::pack_boxes(boxes, scores, labels, scale),
    })
}
