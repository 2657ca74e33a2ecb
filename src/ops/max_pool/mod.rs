//! Max pooling with stride 2: over 3×3 pixels after a ResNet's first convolution, and over single pixels
//! on top of a feature pyramid.

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`max_pool`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait MaxPoolBackend: Backend {
    /// See [`max_pool`].
    fn max_pool(input: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`subsample`].
    fn subsample(input: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The maximum of each pixel and its eight neighbours, for every second row and column; pixels
/// outside do not count.
///
/// # Shapes
/// - input: `[n, channels, height, width]`
/// - output: `[n, channels, ceil(height / 2), ceil(width / 2)]`
pub fn max_pool(input: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::max_pool(input.into_dispatch()))
}

/// The first of every two rows and columns: max pooling over one pixel (`LastLevelMaxPool` in
/// `torchvision/ops/feature_pyramid_network.py`).
///
/// # Shapes
/// - input: `[n, channels, height, width]`
/// - output: `[n, channels, ceil(height / 2), ceil(width / 2)]`
pub fn subsample(input: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::subsample(input.into_dispatch()))
}

/// [`subsample`] as a slice of a tensor of this shape.
#[cfg(feature = "cpu")]
pub(super) fn every_second(shape: &burn::tensor::Shape) -> [burn::tensor::Slice; 4] {
    let lengths: [usize; 4] = shape.dims();
    core::array::from_fn(|axis| burn::tensor::Slice::new(0, Some(lengths[axis] as isize), if axis < 2 { 1 } else { 2 }))
}
