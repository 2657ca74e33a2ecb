//! The gradients of [`conv2d`](crate::ops::conv2d::conv2d) on the GPU.
//!
//! burn has them, too. Without autotuning it computes the weight's gradient with one thread per weight, and
//! the bias's with one per channel: for a large batch, too few threads with too much work each.

mod weight;

use crate::ops::activation::Activation;
use crate::ops::autodiff::conv2d::{Conv2dGradient, Conv2dGradients, Conv2dSaved, Wanted};
use crate::ops::autodiff::gpu::channel_sums::channel_sums;
use crate::ops::conv2d::{Conv2dBackend, ConvSpec};
use burn::backend::TensorMetadata;
use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::tensor::{FloatDType, Shape, Slice};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use weight::weight_gradient;

type B = CubeBackend;

impl Conv2dGradient for CubeBackend {
    fn conv2d_gradients(saved: Conv2dSaved<Self>, gradient: CubeTensor, wanted: Wanted) -> Conv2dGradients<Self> {
        let Conv2dSaved { input, weight, rectified, stride } = saved;
        let gradient = match rectified {
            Some(output) => Self::relu_backward(output, gradient),
            None => gradient,
        };
        Conv2dGradients {
            input: wanted.input.then(|| input_gradient(&input.shape(), weight.clone(), gradient.clone(), stride)),
            weight: wanted.weight.then(|| weight_gradient(input, gradient.clone(), weight.shape()[2], stride)),
            bias: wanted.bias.then(|| channel_sums(gradient)),
        }
    }
}

/// The input's gradient, of `shape`: a convolution of the output's, dilated by the stride, with the
/// weights transposed between inputs and outputs and rotated by 180°.
fn input_gradient(shape: &Shape, weight: CubeTensor, gradient: CubeTensor, stride: usize) -> CubeTensor {
    let device = gradient.device();
    let [n, inputs, height, width] = shape.dims();
    let outputs = gradient.shape()[1];
    let gradient = if stride == 1 {
        gradient
    } else {
        let apart = B::float_zeros(Shape::new([n, outputs, height, width]), &device, FloatDType::F32);
        let all = |length: usize| Slice::from(0..length);
        let every = |length: usize| Slice::with_step(0, Some(length as isize), stride as isize);
        B::float_slice_assign(apart, &[all(n), all(outputs), every(height), every(width)], gradient)
    };
    let turned = B::float_flip(B::float_permute(weight, &[1, 0, 2, 3]), &[2, 3]);
    let bias = B::float_zeros(Shape::new([inputs]), &device, FloatDType::F32);
    B::conv2d_bias(gradient, turned, bias, ConvSpec { stride: 1, activation: Activation::None })
}
