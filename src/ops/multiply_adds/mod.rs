//! Pure arithmetic: multiplications and additions of values in registers, to measure the peak throughput of
//! a device.

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`multiply_adds`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait MultiplyAddsBackend: Backend {
    /// See [`multiply_adds`].
    fn multiply_adds(values: FloatTensor<Self>, line: Line, rounds: u32) -> FloatTensor<Self>;
}

/// The straight line `factor × x + summand`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The slope.
    pub factor: f32,
    /// The intercept.
    pub summand: f32,
}

/// Replaces each value by `factor × value + summand`, `rounds` times: two operations per round and value,
/// with many independent values in flight.
///
/// # Shapes
/// - values, output: `[n]`
pub fn multiply_adds(values: Tensor<1>, line: Line, rounds: u32) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::multiply_adds(values.into_dispatch(), line, rounds))
}
