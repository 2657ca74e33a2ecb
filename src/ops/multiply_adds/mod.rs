//! Nothing but arithmetic: multiplications and additions of what is in registers, to learn how fast
//! a device can be at them.

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
    /// What is multiplied with.
    pub factor: f32,
    /// What is added.
    pub summand: f32,
}

/// Each value taken to `factor × value + summand`, `rounds` times: two operations a round and value,
/// many values side by side, none of which waits for another.
///
/// # Shapes
/// - values, output: `[n]`
pub fn multiply_adds(values: Tensor<1>, line: Line, rounds: u32) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::multiply_adds(values.into_dispatch(), line, rounds))
}
