//! Depthwise convolution with bias and activation, in one pass: each channel is convolved by itself
//! (Howard et al. 2017, "MobileNets"; `groups` of `torch.nn.Conv2d` as many as channels).

use super::conv2d::ConvSpec;
use super::layer_shapes::{self, LayerKind, LayerShape};
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`depthwise_conv2d`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait DepthwiseConv2dBackend: Backend {
    /// See [`depthwise_conv2d`].
    fn depthwise_conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: ConvSpec,
    ) -> FloatTensor<Self>;
}

/// A convolution of each channel with a square kernel of odd side of its own, padded with zeros.
///
/// On the GPU input, weight and bias may each have half or single precision
/// ([`Dtype`](crate::model::Dtype)); the output has that of the bias.
///
/// # Shapes
/// - input: `[n, channels, height, width]`
/// - weight: `[channels, 1, kernel, kernel]`
/// - bias: `[channels]`
/// - output: `[n, channels, ceil(height / stride), ceil(width / stride)]`
pub fn depthwise_conv2d(input: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, spec: ConvSpec) -> Tensor<4> {
    let ([n, channels, height, width], [_, _, kernel, _]) = (input.dims(), weight.dims());
    let kind = LayerKind::Depthwise;
    let stride = spec.stride;
    layer_shapes::submit(LayerShape { kind, n, inputs: channels, outputs: channels, height, width, kernel, stride });
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::depthwise_conv2d(input, weight, bias, spec))
}
