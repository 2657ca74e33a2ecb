//! Convolutions as this network has them: padded by half the kernel, with a bias.

use burn::nn::{
    PaddingConfig2d,
    conv::{Conv2d, Conv2dConfig},
};
use burn::tensor::Device;

/// A convolution with a square kernel of odd side that keeps the picture's size at stride 1.
pub(crate) fn conv2d(inputs: usize, outputs: usize, kernel: usize, stride: usize, device: &Device) -> Conv2d {
    let padding = kernel / 2;
    Conv2dConfig::new([inputs, outputs], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
        .init(device)
}

/// 3×3 convolutions one after the other, from `inputs` channels to each of `channels`.
pub(crate) fn conv3x3_chain(inputs: usize, channels: &[usize], device: &Device) -> Vec<Conv2d> {
    let inputs = core::iter::once(&inputs).chain(channels);
    inputs.zip(channels).map(|(&inputs, &outputs)| conv2d(inputs, outputs, 3, 1, device)).collect()
}
