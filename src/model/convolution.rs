//! The convolution of this network: padded by half the kernel, with a bias or, in training, followed by
//! torchvision's normalisation.

use burn::module::{Module, Param};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Int, Tensor};

use super::batch_norm::BatchNorm;
use super::dtype::Dtype;
use super::layers::{Layer, bias_or_zeros, parameter};
use crate::config::Norm;
use crate::ops::activation::Activation;
use crate::ops::conv2d::{ConvSpec, Padding, conv2d, packed, present_conv2d, residual_conv2d};
use crate::ops::depthwise_conv2d::depthwise_conv2d;
use crate::ops::own_class_mask::own_class_mask;

/// A kind of convolution: its output from input, weight and bias.
pub(super) type Convolve = fn(Tensor<4>, Tensor<4>, Tensor<1>, ConvSpec) -> Tensor<4>;

/// The layout of a [`Convolution`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConvShape {
    /// Channels of the input.
    pub(crate) inputs: usize,
    /// Channels of the output.
    pub(crate) outputs: usize,
    /// Rows and columns of the kernel; odd.
    pub(crate) kernel: usize,
    /// Pixels of the input from one of the output to the next, in both directions.
    pub(crate) stride: usize,
    /// Where the kernel begins.
    pub(crate) padding: Padding,
    /// Whether each channel is convolved by itself; then there are as many outputs as inputs.
    pub(crate) is_depthwise: bool,
}

impl ConvShape {
    /// A 1×1 convolution with stride 1.
    pub(crate) fn pointwise(inputs: usize, outputs: usize) -> Self {
        Self { kernel: 1, ..Self::square(inputs, outputs) }
    }

    /// A 3×3 convolution with stride 1.
    pub(crate) fn square(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, kernel: 3, stride: 1, padding: Padding::Half, is_depthwise: false }
    }

    /// A depthwise convolution with stride 1.
    pub(crate) fn depthwise(channels: usize, kernel: usize) -> Self {
        Self { kernel, is_depthwise: true, ..Self::square(channels, channels) }
    }

    /// The same with another stride.
    pub(crate) fn with_stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }
}

/// A convolution with a square kernel of odd side that keeps the size of the image at stride 1.
#[derive(Module, Debug)]
pub(crate) struct Convolution {
    /// `[outputs, inputs, kernel, kernel]`, or `[outputs, 1, kernel, kernel]` if depthwise.
    weight: Param<Tensor<4>>,
    /// `[outputs]`; `None` if the normalisation has one.
    bias: Option<Param<Tensor<1>>>,
    /// `None` in a layer without one, and when it is folded into `weight` and `bias`.
    norm: Option<BatchNorm>,
    #[module(skip)]
    shape: ConvShape,
}

impl Convolution {
    /// A convolution with a bias, with weights that are yet to be loaded or trained.
    pub(crate) fn new(shape: ConvShape, device: &Device) -> Self {
        Self::normalised(shape, Norm::Folded, device)
    }

    /// A convolution that torchvision follows with a normalisation, kept or folded as `norm` says.
    pub(crate) fn normalised(shape: ConvShape, norm: Norm, device: &Device) -> Self {
        let ConvShape { inputs, outputs, kernel, is_depthwise, .. } = shape;
        let weight = parameter([outputs, if is_depthwise { 1 } else { inputs }, kernel, kernel], device);
        Self {
            weight: if is_depthwise { weight } else { weight.load_mapper(packed) },
            bias: (norm == Norm::Folded || cfg!(not(feature = "autodiff"))).then(|| parameter([outputs], device)),
            norm: BatchNorm::new(norm, outputs, device),
            shape,
        }
    }

    /// The device of the weights.
    pub(crate) fn device(&self) -> Device {
        self.weight.val().device()
    }

    /// The precision of the weights.
    pub(crate) fn dtype(&self) -> Dtype {
        if self.weight.val().dtype() == DType::F16 { Dtype::F16 } else { Dtype::F32 }
    }

    /// The layer, plus the shortcut of a residual block, then a ReLU.
    pub(crate) fn apply_residual(&self, input: Tensor<4>, shortcut: Tensor<4>) -> Tensor<4> {
        if self.norm.is_some() {
            return relu(self.apply(input) + shortcut);
        }
        let weight = self.weight.val();
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        residual_conv2d(input, weight, bias, shortcut, self.shape.stride)
    }

    /// The layer, then a ReLU, for the valid batch entries; see [`present_conv2d`].
    pub(crate) fn apply_relu_to_present(&self, input: Tensor<4>, scores: Tensor<1>) -> Tensor<4> {
        if self.norm.is_some() {
            return self.apply_relu(input);
        }
        let weight = self.weight.val();
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        present_conv2d(input, weight, bias, scores, Activation::Relu)
    }

    /// One output channel per batch entry of a 1×1 convolution without normalisation; it has no gradient.
    ///
    /// # Shapes
    /// - input: `[n, inputs × 4, size / 2, size / 2]`, not yet laid out as pixels
    /// - channels: the output channel of each entry, `[n]`
    /// - output: `[n, size, size]`, laid out as pixels
    pub(crate) fn apply_to_own(&self, input: Tensor<4>, channels: Tensor<1, Int>) -> Tensor<3> {
        let weight = self.weight.val();
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        own_class_mask(input, weight, bias, channels)
    }
}

impl Layer<4> for Convolution {
    fn activated(&self, input: Tensor<4>, activation: Activation) -> Tensor<4> {
        let ConvShape { stride, padding, is_depthwise, .. } = self.shape;
        let spec = ConvSpec { stride, padding, activation };
        let convolve: Convolve = if is_depthwise { depthwise_conv2d } else { conv2d };
        let weight = self.weight.val();
        if let Some(norm) = &self.norm {
            return norm.after(convolve, input, weight, spec);
        }
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        convolve(input, weight, bias, spec)
    }
}

/// A sequence of 3×3 convolutions, from `inputs` channels to each of `channels`.
pub(crate) fn convolutions(inputs: usize, channels: &[usize], norm: Norm, device: &Device) -> Vec<Convolution> {
    let inputs = core::iter::once(&inputs).chain(channels);
    let layers = inputs.zip(channels);
    layers
        .map(|(&inputs, &outputs)| Convolution::normalised(ConvShape::square(inputs, outputs), norm, device))
        .collect()
}
