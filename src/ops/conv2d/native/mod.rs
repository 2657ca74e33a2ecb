//! [`conv2d`](super::conv2d) on the CPU, natively, and its gradients, at the speed of the processor's
//! multipliers.
//!
//! Each of the three is sums of products over shifted pictures. A thread takes a strip of a picture
//! that its core's cache has room for, lays it out with a margin of zeros (`frame`), and makes tiles
//! of the result that stay in registers (`kernel`), without a copy for each tap of the kernel.

mod frame;
mod kernel;
mod shifted;
mod strips;
mod vector;
mod weight;

use super::Conv2dBackend;
use super::autodiff::{Conv2dGradient, Conv2dGradients, Conv2dSaved, Wanted};
use burn::tensor::{Shape, TensorData};
use burn_flex::{Flex, FlexTensor};
use frame::Planes;
use rayon::prelude::*;
use shifted::Weight;

impl Conv2dBackend for Flex {
    fn conv2d_bias(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        stride: usize,
        rectify: bool,
    ) -> FlexTensor {
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
        let [n, _, height, width] = input.layout().shape().dims();
        let weight_of = weight_of(&weight);
        let shape = [n, weight_of.outputs, height.div_ceil(stride), width.div_ceil(stride)];
        tensor(shifted::convolve(planes(&input, None), weight_of, floats(&bias), stride, rectify), shape.into())
    }
}

impl Conv2dGradient for Flex {
    fn conv2d_gradients(saved: Conv2dSaved<Self>, gradient: FlexTensor, wanted: Wanted) -> Conv2dGradients<Self> {
        let Conv2dSaved { input, weight, rectified, stride } = saved;
        let [input, weight, gradient] = [input, weight, gradient].map(|tensor| tensor.to_contiguous());
        let rectified = rectified.map(|output| output.to_contiguous());
        let (input_shape, weight_shape) = (input.layout().shape().clone(), weight.layout().shape().clone());
        let [_, _, height, width] = input_shape.dims();
        let weight_of = weight_of(&weight);
        let gradient = planes(&gradient, rectified.as_ref());
        Conv2dGradients {
            input: wanted
                .input
                .then(|| tensor(shifted::input_gradient(gradient, weight_of, stride, height, width), input_shape)),
            weight: wanted.weight.then(|| {
                tensor(weight::weight_gradient(planes(&input, None), gradient, weight_of.side, stride), weight_shape)
            }),
            bias: wanted.bias.then(|| tensor(bias_gradient(gradient), [weight_of.outputs].into())),
        }
    }
}

fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

fn tensor(values: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn planes<'a>(tensor: &'a FlexTensor, rectified: Option<&'a FlexTensor>) -> Planes<'a> {
    let [_, channels, height, width] = tensor.layout().shape().dims();
    Planes { values: floats(tensor), rectified: rectified.map(floats), channels, height, width }
}

fn weight_of(tensor: &FlexTensor) -> Weight<'_> {
    let [outputs, inputs, side, _] = tensor.layout().shape().dims();
    Weight { values: floats(tensor), outputs, inputs, side }
}

/// The sums of each channel of the output's gradient.
fn bias_gradient(gradient: Planes<'_>) -> Vec<f32> {
    let area = gradient.height * gradient.width;
    let sum = |channel: usize| {
        let mut line = vec![0.0; gradient.width];
        let mut sum = 0.0;
        for picture in 0..gradient.values.len() / (gradient.channels * area).max(1) {
            for y in 0..gradient.height {
                gradient.copy(picture, channel, y, 0, 1, &mut line);
                sum += line.iter().map(|&value| f64::from(value)).sum::<f64>();
            }
        }
        sum as f32
    };
    (0..gradient.channels).into_par_iter().map(sum).collect()
}
