//! The layers of this network, created without drawing random numbers: their weights come
//! from a checkpoint or from the training's own generator.

use burn::module::{Param, ParamId};
use burn::nn::{Linear, conv::ConvTranspose2d};
use burn::tensor::{Device, Tensor};

use crate::ops::activation::Activation;
use crate::ops::conv2d::{ConvSpec, conv2d, present_conv2d};
use crate::ops::{linear::linear, pixel_shuffle::pixel_shuffle};

/// A parameter that is zero until it is loaded, and not allocated before.
pub(crate) fn parameter<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    let zeros = move |device: &Device, trained| Tensor::zeros(shape, device).set_require_grad(trained);
    Param::uninitialized(ParamId::new(), zeros, device.clone(), true, shape.into())
}

/// A linear layer.
pub(crate) fn linear_layer(inputs: usize, outputs: usize, device: &Device) -> Linear {
    Linear { weight: parameter([inputs, outputs], device), bias: Some(parameter([outputs], device)) }
}

/// A transposed convolution that doubles height and width, cell by cell.
pub(crate) fn doubling(inputs: usize, outputs: usize, device: &Device) -> ConvTranspose2d {
    ConvTranspose2d {
        weight: parameter([inputs, outputs, 2, 2], device),
        bias: Some(parameter([outputs], device)),
        stride: [2; 2],
        kernel_size: [2; 2],
        dilation: [1; 2],
        groups: 1,
        padding: [0; 2],
        padding_out: [0; 2],
        channels: [inputs, outputs],
    }
}

/// A layer and the activation after it.
pub(crate) trait Layer<const D: usize> {
    /// The layer alone.
    fn apply(&self, input: Tensor<D>) -> Tensor<D> {
        self.activated(input, Activation::None)
    }

    /// The layer, then a ReLU.
    fn apply_relu(&self, input: Tensor<D>) -> Tensor<D> {
        self.activated(input, Activation::Relu)
    }

    /// The layer, then an activation.
    fn activated(&self, input: Tensor<D>, activation: Activation) -> Tensor<D>;
}

/// The bias, or zeros for a layer without one.
pub(super) fn bias_or_zeros(bias: &Option<Param<Tensor<1>>>, outputs: usize, device: &Device) -> Tensor<1> {
    bias.as_ref().map_or_else(|| Tensor::zeros([outputs], device), Param::val)
}

impl Layer<2> for Linear {
    fn activated(&self, input: Tensor<2>, activation: Activation) -> Tensor<2> {
        let weight = self.weight.val();
        let bias = bias_or_zeros(&self.bias, weight.dims()[1], &input.device());
        linear(input, weight, bias, activation)
    }
}

impl Layer<4> for ConvTranspose2d {
    fn activated(&self, input: Tensor<4>, activation: Activation) -> Tensor<4> {
        let (weight, bias) = blocks(self, &input.device());
        pixel_shuffle(conv2d(input, weight, bias, ConvSpec::plain(activation)))
    }
}

/// The layer, then a ReLU, for the valid batch entries ([`present_conv2d`]); not yet laid out as pixels.
pub(crate) fn blocks_of_present(layer: &ConvTranspose2d, input: Tensor<4>, scores: Tensor<1>) -> Tensor<4> {
    let (weight, bias) = blocks(layer, &input.device());
    present_conv2d(input, weight, bias, scores, Activation::Relu)
}

/// Weight and bias of an equivalent 1×1 convolution to four times the channels, whose values are then laid
/// out as blocks: with stride and kernel 2 no two cells overlap, so each becomes a 2×2 block by itself.
fn blocks(layer: &ConvTranspose2d, device: &Device) -> (Tensor<4>, Tensor<1>) {
    let [inputs, outputs] = layer.channels;
    // A view of the weight as it lies, which is how tiled kernels read it.
    let weight = layer.weight.val().reshape([1, 1, inputs, outputs * 4]).permute([3, 2, 0, 1]);
    let bias = bias_or_zeros(&layer.bias, outputs, device);
    (weight, bias.reshape([outputs, 1]).expand([outputs, 4]).reshape([outputs * 4]))
}
