//! Every second cell (`LastLevelMaxPool` in `torchvision/ops/feature_pyramid_network.py`, which pools
//! over one cell).

#[cfg(feature = "autodiff")]
mod autodiff;
#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;
#[cfg(any(feature = "cpu", feature = "autodiff"))]
use burn::tensor::{Shape, Slice};

/// What a backend provides for [`subsample`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait SubsampleBackend: Backend {
    /// See [`subsample`].
    fn subsample(input: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The first of every two rows and columns.
///
/// # Shapes
/// - input: `[n, channels, height, width]`
/// - output: `[n, channels, ceil(height / 2), ceil(width / 2)]`
pub fn subsample(input: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::subsample(input.into_dispatch()))
}

/// The same for burn, of a tensor of this shape.
#[cfg(any(feature = "cpu", feature = "autodiff"))]
fn slices(shape: &Shape) -> [Slice; 4] {
    let lengths: [usize; 4] = shape.dims();
    core::array::from_fn(|axis| Slice::new(0, Some(lengths[axis] as isize), if axis < 2 { 1 } else { 2 }))
}
