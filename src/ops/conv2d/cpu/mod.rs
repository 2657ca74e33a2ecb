//! [`conv2d`](crate::ops::conv2d::conv2d) on the CPU, and its gradients, at the speed of the processor's
//! multipliers.
//!
//! Each of them is a sum of products over shifted images. A thread takes a strip of an image
//! that fits into its core's cache, lays it out with a margin of zeros (`ops/cpu/frame`), and computes tiles
//! of the result that stay in registers (`micro_kernel`), without a copy for each tap of the kernel.

#[cfg(feature = "autodiff")]
mod gradients;
mod shifted;
mod strips;

#[cfg(feature = "autodiff")]
pub(in crate::ops) use gradients::bias_gradient;

use crate::ops::activation::Activation;
use crate::ops::conv2d::{Conv2dBackend, ConvSpec, Padding};
use crate::ops::cpu::frame::{Gate, Planes};
use burn::tensor::{Shape, TensorData};
use burn_flex::{Flex, FlexTensor};
use shifted::Weight;

impl Conv2dBackend for Flex {
    fn packed(weight: FlexTensor) -> FlexTensor {
        weight
    }

    fn conv2d_bias(input: FlexTensor, weight: FlexTensor, bias: FlexTensor, spec: ConvSpec) -> FlexTensor {
        let (values, shape) = convolve(input, weight, bias, spec);
        tensor(values, shape)
    }

    fn residual_conv2d(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        shortcut: FlexTensor,
        stride: usize,
    ) -> FlexTensor {
        let (mut values, shape) =
            convolve(input, weight, bias, ConvSpec { stride, padding: Padding::Half, activation: Activation::None });
        // At the end and not in the tiles, whose rows lie far apart: sequential access is fastest.
        for (value, added) in values.iter_mut().zip(floats(&shortcut.to_contiguous())) {
            let sum = *value + added;
            *value = if sum < 0.0 { 0.0 } else { sum };
        }
        tensor(values, shape)
    }

    fn present_conv2d(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        _scores: FlexTensor,
        activation: Activation,
    ) -> FlexTensor {
        Self::conv2d_bias(input, weight, bias, ConvSpec::plain(activation))
    }
}

fn convolve(input: FlexTensor, weight: FlexTensor, bias: FlexTensor, spec: ConvSpec) -> (Vec<f32>, Shape) {
    let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
    let [n, _, height, width] = input.layout().shape().dims();
    let weight_of = weight_of(&weight);
    let shape = [n, weight_of.outputs, height.div_ceil(spec.stride), width.div_ceil(spec.stride)];
    (shifted::convolve(planes(&input, None), weight_of, floats(&bias), spec), shape.into())
}

fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

fn tensor(values: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn planes<'a>(tensor: &'a FlexTensor, gate: Option<Gate<'a>>) -> Planes<'a> {
    let [_, channels, height, width] = tensor.layout().shape().dims();
    Planes { values: floats(tensor), gate, channels, height, width }
}

fn weight_of(tensor: &FlexTensor) -> Weight<'_> {
    let [outputs, inputs, side, _] = tensor.layout().shape().dims();
    Weight { values: floats(tensor), outputs, inputs, side }
}
