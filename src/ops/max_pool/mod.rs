//! The pooling behind a ResNet's first convolution: maxima over 3×3 cells, every second one.

#[cfg(feature = "autodiff")]
mod autodiff;
#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`max_pool`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait MaxPoolBackend: Backend {
    /// See [`max_pool`].
    fn max_pool(input: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The maximum of each cell and its eight neighbours, for every second row and column; cells
/// outside do not count.
///
/// # Shapes
/// - input: `[n, channels, height, width]`
/// - output: `[n, channels, ceil(height / 2), ceil(width / 2)]`
pub fn max_pool(input: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::max_pool(input.into_dispatch()))
}
