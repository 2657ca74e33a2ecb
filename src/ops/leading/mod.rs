//! Leaving out what is not there, where that costs nothing.

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`leading`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait LeadingBackend: Backend {
    /// See [`leading`].
    fn leading(rows: FloatTensor<Self>, scores: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The leading rows whose score is not [`ABSENT`](super::ABSENT), but at least one, so that no
/// later stage meets an empty tensor.
///
/// On the CPU, where the scores can be looked at for free, the later stages then compute no more
/// than what is needed. On the GPU, where looking would mean to wait, all rows stay.
///
/// # Shapes
/// - rows: `[n, columns]`
/// - scores: `[n]`, those that are there first
/// - output: `[m, columns]` with `1 <= m <= n`
pub fn leading(rows: Tensor<2>, scores: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::leading(rows.into_dispatch(), scores.into_dispatch()))
}
