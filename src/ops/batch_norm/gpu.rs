//! [`batch_norm`](crate::ops::batch_norm::batch_norm) and its gradients on the GPU: sums of the channels, then one thread
//! per value.

use crate::ops::activation::Activation;
use crate::ops::autodiff::activation::gradient_before;
use crate::ops::autodiff::batch_norm::{BatchNormGradient, BatchNormSaved};
use crate::ops::autodiff::gpu::channel_sums::{channel_products, channel_sums, squared_distances};
use crate::ops::batch_norm::BatchNormBackend;
use crate::ops::gpu::activation::activate;
use crate::ops::gpu::workgroup::{WORKGROUP, output};
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

type B = CubeBackend;

/// What the output depends on, `[channels]` each.
#[derive(CubeType, CubeLaunch)]
struct Channels {
    weight: OwnedTensor<f32>,
    bias: OwnedTensor<f32>,
    mean: OwnedTensor<f32>,
    deviation: OwnedTensor<f32>,
}

#[cube(launch)]
fn normalise_kernel(
    input: &Tensor<f32>,
    channels: &Channels,
    output: &mut Tensor<f32>,
    #[comptime] activation: Activation,
) {
    let position = ABSOLUTE_POS;
    if position >= input.len() {
        terminate!();
    }
    let channel = position / (input.shape(2) * input.shape(3)) % input.shape(1);
    let factor = channels.weight[channel] / channels.deviation[channel];
    let value = (input[position] - channels.mean[channel]) * factor + channels.bias[channel];
    output[position] = activate(value, activation);
}

/// What the input's gradient depends on, `[channels]` each.
#[derive(CubeType, CubeLaunch)]
struct GradientChannels {
    weight: OwnedTensor<f32>,
    mean: OwnedTensor<f32>,
    deviation: OwnedTensor<f32>,
    /// The means of the output's gradient.
    direct: OwnedTensor<f32>,
    /// The means of its products with the normalised input.
    through: OwnedTensor<f32>,
}

#[cube(launch)]
fn gradient_kernel(input: &Tensor<f32>, gradient: &Tensor<f32>, channels: &GradientChannels, output: &mut Tensor<f32>) {
    let position = ABSOLUTE_POS;
    if position >= input.len() {
        terminate!();
    }
    let channel = position / (input.shape(2) * input.shape(3)) % input.shape(1);
    let deviation = channels.deviation[channel];
    let normalised = (input[position] - channels.mean[channel]) / deviation;
    output[position] = channels.weight[channel] / deviation
        * (gradient[position] - channels.direct[channel] - normalised * channels.through[channel]);
}

/// The standard deviations of variances, with what keeps them from 0.
fn deviation(variance: CubeTensor, eps: f64) -> CubeTensor {
    B::float_sqrt(B::float_add_scalar(variance, eps.into()))
}

/// One divided by the number of values of each channel.
fn share(input: &CubeTensor) -> f64 {
    let shape = input.shape();
    shape[1] as f64 / shape.num_elements() as f64
}

impl BatchNormBackend for CubeBackend {
    fn normalise_batch(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        eps: f64,
        activation: Activation,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [input, weight, bias] = [input, weight, bias].map(into_contiguous);
        let share = share(&input);
        let mean = B::float_mul_scalar(channel_sums(input.clone()), share.into());
        let variance = B::float_mul_scalar(squared_distances(input.clone(), mean.clone()), share.into());
        let client = input.client.clone();
        let (output, count) = output(&input, input.shape());
        normalise_kernel::launch(
            &client,
            count,
            WORKGROUP,
            input.into_tensor_arg(),
            ChannelsLaunch::new(
                weight.into_tensor_arg(),
                bias.into_tensor_arg(),
                mean.clone().into_tensor_arg(),
                deviation(variance.clone(), eps).into_tensor_arg(),
            ),
            output.clone().into_tensor_arg(),
            activation,
        );
        (output, mean, variance)
    }
}

impl BatchNormGradient for CubeBackend {
    fn normalise_batch_gradients(saved: BatchNormSaved<Self>, gradient: CubeTensor) -> [CubeTensor; 3] {
        let BatchNormSaved { input, weight, mean, variance, eps, output: kept, activation } = saved;
        let gradient = gradient_before::<Self>(activation, kept, gradient);
        let [input, gradient, weight] = [input, gradient, weight].map(into_contiguous);
        let (share, deviation) = (share(&input), deviation(variance, eps));
        let of_bias = channel_sums(gradient.clone());
        let products = channel_products(gradient.clone(), input.clone(), mean.clone());
        let of_weight = B::float_div(products, deviation.clone());
        let client = input.client.clone();
        let (output, count) = output(&input, input.shape());
        gradient_kernel::launch(
            &client,
            count,
            WORKGROUP,
            input.into_tensor_arg(),
            gradient.into_tensor_arg(),
            GradientChannelsLaunch::new(
                weight.into_tensor_arg(),
                mean.into_tensor_arg(),
                deviation.into_tensor_arg(),
                B::float_mul_scalar(of_bias.clone(), share.into()).into_tensor_arg(),
                B::float_mul_scalar(of_weight.clone(), share.into()).into_tensor_arg(),
            ),
            output.clone().into_tensor_arg(),
        );
        [output, of_weight, of_bias]
    }
}
