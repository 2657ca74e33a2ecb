//! Convolution with bias and activation, in one pass.
//!
//! burn has a convolution too. On the GPU its set of algorithms, all of which are part of a
//! WebAssembly module, is a quarter of the download, and without autotuning it takes the plainest.

pub mod algorithm;

use super::activation::Activation;
use super::layer_shapes::{self, LayerKind, LayerShape};
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// How a convolution runs over its input, and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvSpec {
    /// Pixels of the input from one of the output to the next, in both directions.
    pub stride: usize,
    /// Where the kernel begins.
    pub padding: Padding,
    /// What is applied to the output.
    pub activation: Activation,
}

impl ConvSpec {
    /// A convolution with stride 1 and this activation.
    pub fn plain(activation: Activation) -> Self {
        Self { stride: 1, padding: Padding::Half, activation }
    }
}

/// How many zeros come before the first row and column; where the stride is 1, both are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Padding {
    /// Half of the kernel, as in torchvision.
    Half,
    /// TensorFlow's `SAME`: half of the zeros that the kernel takes in all, rounded down. With a stride of 2 and an
    /// even side that is one less, so that the kernel begins one pixel later.
    Same,
}

impl Padding {
    /// Zeros before the first of `length` rows or columns, for an odd `kernel`.
    pub fn before(self, length: usize, kernel: usize, stride: usize) -> usize {
        match self {
            Padding::Half => kernel / 2,
            Padding::Same => (length.div_ceil(stride).saturating_sub(1) * stride + kernel).saturating_sub(length) / 2,
        }
    }
}

/// What a backend provides for [`conv2d`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait Conv2dBackend: Backend {
    /// See [`packed`].
    fn packed(weight: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`conv2d`].
    fn conv2d_bias(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: ConvSpec,
    ) -> FloatTensor<Self>;

    /// See [`residual_conv2d`].
    fn residual_conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;

    /// See [`present_conv2d`].
    fn present_conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        scores: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

/// The same weight of a [`conv2d`], laid out in memory as the device's convolutions read it, which otherwise lay it out
/// at each call. It has no gradient, and on an autodiff device the layout stays.
///
/// # Shapes
/// - weight, output: `[outputs, inputs, kernel, kernel]`
pub fn packed(weight: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::packed(weight.into_dispatch()))
}

/// A convolution with a square kernel of odd side, padded with zeros.
///
/// On the GPU input, weight and bias may each have half or single precision
/// ([`Dtype`](crate::model::Dtype)); the output has that of the bias.
///
/// # Shapes
/// - input: `[n, inputs, height, width]`
/// - weight: `[outputs, inputs, kernel, kernel]`
/// - bias: `[outputs]`
/// - output: `[n, outputs, ceil(height / stride), ceil(width / stride)]`
pub fn conv2d(input: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, spec: ConvSpec) -> Tensor<4> {
    submit(LayerKind::Convolution, &input, &weight, spec.stride);
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::conv2d_bias(input, weight, bias, spec))
}

/// A [`conv2d`] to which the shortcut of a residual block is added before a ReLU (He et al. 2015, figure 2).
///
/// # Shapes
/// - input, weight, bias: as for [`conv2d`]
/// - shortcut, output: `[n, outputs, ceil(height / stride), ceil(width / stride)]`, both of the precision of the bias
pub fn residual_conv2d(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    shortcut: Tensor<4>,
    stride: usize,
) -> Tensor<4> {
    submit(LayerKind::Residual, &input, &weight, stride);
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::residual_conv2d(input, weight, bias, shortcut.into_dispatch(), stride))
}

/// A [`conv2d`] with stride 1 over the valid batch entries. For an entry whose score is
/// [`ABSENT`](crate::ops::ABSENT) the output is undefined: a GPU, which cannot tell the CPU how
/// many entries are valid without a wait, does not compute it.
///
/// # Shapes
/// - input, weight, bias: as for [`conv2d`]
/// - scores: `[n]`
/// - output: `[n, outputs, height, width]`
pub fn present_conv2d(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    scores: Tensor<1>,
    activation: Activation,
) -> Tensor<4> {
    submit(LayerKind::Present, &input, &weight, 1);
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::present_conv2d(input, weight, bias, scores.into_dispatch(), activation))
}

fn submit(kind: LayerKind, input: &Tensor<4>, weight: &Tensor<4>, stride: usize) {
    let ([n, inputs, height, width], [outputs, _, kernel, _]) = (input.dims(), weight.dims());
    layer_shapes::submit(LayerShape { kind, n, inputs, outputs, height, width, kernel, stride });
}
