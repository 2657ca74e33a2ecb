//! The convolution as this network has it: padded by half the kernel, with a bias or, in training,
//! with the normalisation that torchvision has behind it.

use burn::module::{Module, Param};
#[cfg(feature = "autodiff")]
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Int, Tensor};

use super::arithmetic::Arithmetic;
#[cfg(feature = "autodiff")]
use super::batch_norm::BatchNorm;
use super::layers::{Layer, bias_or_zeros, parameter};
use crate::config::Norm;
use crate::ops::conv2d::{conv2d, present_conv2d, residual_conv2d};
use crate::ops::own_class_mask::own_class_mask;

/// A convolution with a square kernel of odd side that keeps the picture's size at stride 1.
#[derive(Module, Debug)]
pub(crate) struct Convolution {
    /// `[outputs, inputs, kernel, kernel]`.
    weight: Param<Tensor<4>>,
    /// `[outputs]`; not there where the normalisation has one.
    bias: Option<Param<Tensor<1>>>,
    /// Not there in a layer without one, nor where it is folded into `weight` and `bias`.
    #[cfg(feature = "autodiff")]
    norm: Option<BatchNorm>,
    #[module(skip)]
    stride: usize,
}

impl Convolution {
    /// A convolution with a bias, with weights that are yet to be loaded or trained.
    pub(crate) fn new(inputs: usize, outputs: usize, kernel: usize, stride: usize, device: &Device) -> Self {
        Self::normalised(inputs, outputs, kernel, stride, Norm::Folded, device)
    }

    /// A convolution that torchvision has a normalisation behind, kept or folded as `norm` says.
    pub(crate) fn normalised(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
        norm: Norm,
        device: &Device,
    ) -> Self {
        Self {
            weight: parameter([outputs, inputs, kernel, kernel], device),
            bias: (norm == Norm::Folded || cfg!(not(feature = "autodiff"))).then(|| parameter([outputs], device)),
            #[cfg(feature = "autodiff")]
            norm: BatchNorm::new(norm, outputs, device),
            stride,
        }
    }

    /// Where the weights are.
    pub(crate) fn device(&self) -> Device {
        self.weight.val().device()
    }

    /// What the weights are.
    pub(crate) fn arithmetic(&self) -> Arithmetic {
        if self.weight.val().dtype() == DType::F16 { Arithmetic::F16 } else { Arithmetic::F32 }
    }

    /// The layer, then the shortcut of a residual block added, then `max(0, ·)`.
    pub(crate) fn apply_residual(&self, input: Tensor<4>, shortcut: Tensor<4>) -> Tensor<4> {
        #[cfg(feature = "autodiff")]
        if self.norm.is_some() {
            return relu(self.apply(input) + shortcut);
        }
        let weight = self.weight.val();
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        residual_conv2d(input, weight, bias, shortcut, self.stride)
    }

    /// The layer, then `max(0, ·)`, for the regions that are there; see [`present_conv2d`].
    pub(crate) fn apply_relu_to_present(&self, input: Tensor<4>, scores: Tensor<1>) -> Tensor<4> {
        #[cfg(feature = "autodiff")]
        if self.norm.is_some() {
            return self.apply_relu(input);
        }
        let weight = self.weight.val();
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        present_conv2d(input, weight, bias, scores, true)
    }

    /// Of a 1×1 convolution without normalisation: for each picture of the input, `[n, inputs × 4, size / 2,
    /// size / 2]`, not yet laid out as pixels, only the output channel that `channels`, `[n]`, names, and that
    /// laid out; `[n, size, size]`. It has no gradient.
    pub(crate) fn apply_to_own(&self, input: Tensor<4>, channels: Tensor<1, Int>) -> Tensor<3> {
        let weight = self.weight.val();
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        own_class_mask(input, weight, bias, channels)
    }
}

impl Layer<4> for Convolution {
    fn run(&self, input: Tensor<4>, rectify: bool) -> Tensor<4> {
        let weight = self.weight.val();
        #[cfg(feature = "autodiff")]
        if let Some(norm) = &self.norm {
            return norm.behind(input, weight, self.stride, rectify);
        }
        let bias = bias_or_zeros(&self.bias, weight.dims()[0], &input.device());
        conv2d(input, weight, bias, self.stride, rectify)
    }
}
