//! The last 1×1 convolution of the mask branch, for each detection's own class only
//! (He et al. 2017, section 3: the mask branch predicts one mask per class, of which one is used).

use super::flop_count;
use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

/// What a backend provides for [`own_class_mask`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait OwnClassMaskBackend: Backend {
    /// See [`own_class_mask`].
    fn own_class_mask(
        blocks: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        labels: IntTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// The mask of each detection's own class: the channel of a 1×1 [`conv2d`](super::conv2d::conv2d) at
/// index `label`, without computing the others. The input is not yet laid out as pixels
/// ([`pixel_shuffle`](super::pixel_shuffle::pixel_shuffle)); the mask is. In half or single precision as
/// [`conv2d`](super::conv2d::conv2d).
///
/// # Shapes
/// - blocks: `[n, channels × 4, size / 2, size / 2]`
/// - weight, bias: `[classes, channels, 1, 1]` and `[classes]`
/// - labels: `[n]`, each less than `classes`
/// - output: logits, `[n, size, size]`
pub fn own_class_mask(blocks: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, labels: Tensor<1, Int>) -> Tensor<3> {
    let [n, _, height, width] = blocks.dims();
    flop_count::count(n * height * width * 4, weight.dims()[1]);
    let (blocks, labels) = (blocks.into_dispatch(), labels.into_dispatch());
    let (weight, bias) = (weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::own_class_mask(blocks, weight, bias, labels))
}
