//! A linear layer with bias and activation, in one pass; for the same reasons as
//! [`conv2d`](super::conv2d).

use super::activation::Activation;
use super::layer_shapes::{self, LayerKind, LayerShape};
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`linear`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait LinearBackend: Backend {
    /// See [`linear`].
    fn linear_bias(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

/// Rows times a matrix, plus a bias; in half or single precision as [`conv2d`](super::conv2d::conv2d).
///
/// # Shapes
/// - input: `[n, inputs]`
/// - weight: `[inputs, outputs]`
/// - bias: `[outputs]`
/// - output: `[n, outputs]`
pub fn linear(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, activation: Activation) -> Tensor<2> {
    let ([n, inputs], outputs) = (input.dims(), weight.dims()[1]);
    let kind = LayerKind::Linear;
    layer_shapes::submit(LayerShape { kind, n, inputs, outputs, height: 1, width: 1, kernel: 1, stride: 1 });
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::linear_bias(input, weight, bias, activation))
}
