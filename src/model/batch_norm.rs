//! Batch normalisation in training (Ioffe and Szegedy 2015; `torch.nn.BatchNorm2d` and
//! `FrozenBatchNorm2d` in `torchvision/ops/misc.py`).

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::convolution::Convolve;
use super::layers::parameter;
use super::running::Running;
use crate::config::Norm;
use crate::ops::activation::Activation;
use crate::ops::batch_norm::batch_norm;
use crate::ops::conv2d::ConvSpec;

/// The normalisation after a convolution.
///
/// While its weights are being trained, statistics are those of the batch. Otherwise (frozen, or a
/// network that is no longer trained) they are the running ones.
#[derive(Module, Debug)]
pub(crate) struct BatchNorm {
    /// Standard deviation of each channel after normalisation, `[channels]`.
    weight: Param<Tensor<1>>,
    /// Mean of each channel after normalisation, `[channels]`.
    bias: Param<Tensor<1>>,
    running_mean: Running,
    /// Unbiased.
    running_var: Running,
    #[module(skip)]
    eps: f64,
    #[module(skip)]
    momentum: f64,
}

impl BatchNorm {
    /// The normalisation that `norm` asks for, initialised to the identity.
    pub(crate) fn new(norm: Norm, channels: usize, device: &Device) -> Option<Self> {
        let (eps, momentum, trained) = match norm {
            Norm::Folded => return None,
            Norm::Frozen { eps } => (eps, 0.0, false),
            Norm::Batch { eps, momentum } => (eps, momentum, true),
        };
        let plain = device.clone().without_autodiff();
        Some(Self {
            weight: parameter([channels], device).set_require_grad(trained),
            bias: parameter([channels], device).set_require_grad(trained),
            running_mean: Running::new(Tensor::zeros([channels], &plain)),
            running_var: Running::new(Tensor::ones([channels], &plain)),
            eps,
            momentum,
        })
    }

    /// A convolution with this `weight`, the normalisation, then the activation of `spec`.
    pub(super) fn after(&self, convolve: Convolve, input: Tensor<4>, weight: Tensor<4>, spec: ConvSpec) -> Tensor<4> {
        let (gain, bias) = (self.weight.val(), self.bias.val());
        if !gain.is_require_grad() {
            let (mean, variance) = (self.running_mean.value(), self.running_var.value());
            let scale = gain / (variance + self.eps).sqrt();
            let bias = bias - mean * scale.clone();
            let [outputs, ..] = weight.dims();
            // Applied to the weights, so that scaling a channel costs no pass over the features.
            return convolve(input, weight * scale.reshape([outputs, 1, 1, 1]), bias, spec);
        }
        let no_bias = Tensor::zeros(bias.dims(), &input.device());
        let features = convolve(input, weight, no_bias, ConvSpec { activation: Activation::None, ..spec });
        let [n, _, height, width] = features.dims();
        let (output, statistics) = batch_norm(features, gain, bias, self.eps, spec.activation);
        let values = (n * height * width) as f64;
        self.running_mean.update(statistics.mean, self.momentum);
        self.running_var.update(statistics.variance * (values / (values - 1.0).max(1.0)), self.momentum);
        output
    }
}
