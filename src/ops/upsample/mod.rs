//! The top-down pathway of a feature pyramid (Lin et al. 2017, section 3): the level above, upsampled by two,
//! is added to the lateral connection.

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`add_upsampled`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait UpsampleBackend: Backend {
    /// See [`add_upsampled`].
    fn add_upsampled(fine: FloatTensor<Self>, coarse: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// `fine` plus `coarse` upsampled by two with nearest-neighbour interpolation and cropped to the size of `fine`.
///
/// # Shapes
/// - fine: `[n, channels, height, width]`
/// - coarse: `[n, channels, ceil(height / 2), ceil(width / 2)]`
/// - output: as `fine`
pub fn add_upsampled(fine: Tensor<4>, coarse: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::add_upsampled(fine.into_dispatch(), coarse.into_dispatch()))
}
