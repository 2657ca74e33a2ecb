//! Convolution with bias and, optionally, a rectifier, in one pass.
//!
//! burn has a convolution too. On the GPU its choice of algorithms, all of which come along in a
//! WebAssembly module, is a quarter of the download, and without tuning it takes the plainest.

#[cfg(feature = "autodiff")]
mod autodiff;
#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use super::flop_count;
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`conv2d`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait Conv2dBackend: Backend {
    /// See [`conv2d`].
    fn conv2d_bias(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        rectify: bool,
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
        rectify: bool,
    ) -> FloatTensor<Self>;
}

/// A convolution with a square kernel of odd side, padded with zeros by half of it.
///
/// On the GPU input, weight and bias may be of half or of single precision
/// ([`Arithmetic`](crate::model::Arithmetic)), each for itself; the output is as the bias.
///
/// # Shapes
/// - input: `[n, inputs, height, width]`
/// - weight: `[outputs, inputs, kernel, kernel]`
/// - bias: `[outputs]`
/// - output: `[n, outputs, ceil(height / stride), ceil(width / stride)]`; not negative with `rectify`
pub fn conv2d(input: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, stride: usize, rectify: bool) -> Tensor<4> {
    count(&input, &weight, stride);
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::conv2d_bias(input, weight, bias, stride, rectify))
}

/// A [`conv2d`] whose output the shortcut of a residual block is added to before it is rectified
/// (He et al. 2015, figure 2).
///
/// # Shapes
/// - input, weight, bias: as of [`conv2d`]
/// - shortcut, output: `[n, outputs, ceil(height / stride), ceil(width / stride)]`, both as precise as the bias
pub fn residual_conv2d(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    shortcut: Tensor<4>,
    stride: usize,
) -> Tensor<4> {
    count(&input, &weight, stride);
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::residual_conv2d(input, weight, bias, shortcut.into_dispatch(), stride))
}

/// A [`conv2d`] with stride 1 of the pictures that are there. Of one whose score is
/// [`ABSENT`](crate::ops::ABSENT) the output may be anything: a GPU, which cannot tell the CPU how
/// many there are without a wait, does not compute it.
///
/// # Shapes
/// - input, weight, bias: as of [`conv2d`]
/// - scores: `[n]`
/// - output: `[n, outputs, height, width]`
pub fn present_conv2d(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    scores: Tensor<1>,
    rectify: bool,
) -> Tensor<4> {
    count(&input, &weight, 1);
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::present_conv2d(input, weight, bias, scores.into_dispatch(), rectify))
}

fn count(input: &Tensor<4>, weight: &Tensor<4>, stride: usize) {
    let ([n, _, height, width], [outputs, inputs, side, _]) = (input.dims(), weight.dims());
    flop_count::count(n * outputs * height.div_ceil(stride) * width.div_ceil(stride), inputs * side * side);
}
