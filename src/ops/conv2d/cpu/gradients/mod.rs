//! The gradients of [`conv2d`](crate::ops::conv2d::conv2d) on the CPU.

mod input;
mod weight;

use super::{floats, planes, tensor, weight_of};
use crate::ops::autodiff::conv2d::{Conv2dGradient, Conv2dGradients, Conv2dSaved, Wanted};
use crate::ops::cpu::frame::{Gate, Line, Planes};
use crate::ops::parallel;
use burn_flex::{Flex, FlexTensor};
use input::input_gradient;
use weight::weight_gradient;

impl Conv2dGradient for Flex {
    fn conv2d_gradients(saved: Conv2dSaved<Self>, gradient: FlexTensor, wanted: Wanted) -> Conv2dGradients<Self> {
        let Conv2dSaved { input, weight, output, spec } = saved;
        let [input, weight, gradient] = [input, weight, gradient].map(|tensor| tensor.to_contiguous());
        let output = output.map(|output| output.to_contiguous());
        let (input_shape, weight_shape) = (input.layout().shape().clone(), weight.layout().shape().clone());
        let [_, _, height, width] = input_shape.dims();
        let weight_of = weight_of(&weight);
        let gradient = planes(
            &gradient,
            output.as_ref().map(|output| Gate { output: floats(output), bounds: spec.activation.bounds() }),
        );
        Conv2dGradients {
            input: wanted.input.then(|| tensor(input_gradient(gradient, weight_of, spec, height, width), input_shape)),
            weight: wanted
                .weight
                .then(|| tensor(weight_gradient(planes(&input, None), gradient, weight_of.side, spec), weight_shape)),
            bias: wanted.bias.then(|| tensor(bias_gradient(gradient), [weight_of.outputs].into())),
        }
    }
}

/// The sums of each channel of the output's gradient.
pub(in crate::ops) fn bias_gradient(gradient: Planes<'_>) -> Vec<f32> {
    let area = gradient.height * gradient.width;
    let sum = |_, channel: usize| {
        let mut line = vec![0.0; gradient.width];
        let mut sum = 0.0;
        for entry in 0..gradient.values.len() / (gradient.channels * area).max(1) {
            for row in 0..gradient.height {
                gradient.copy(Line { entry, channel, row }, 0, 1, &mut line);
                sum += line.iter().map(|&value| f64::from(value)).sum::<f64>();
            }
        }
        sum as f32
    };
    parallel::map((0..gradient.channels).collect(), sum)
}
