//! The gradients of [`conv2d`](crate::ops::conv2d::conv2d) on the GPU.
//!
//! burn has them, too. Without autotuning it computes the weight's gradient with one thread per weight, and
//! the bias's with one per channel: for a large batch, too few threads with too much work each.

mod weight;

use crate::ops::activation::Activation;
use crate::ops::autodiff::activation::gradient_before;
use crate::ops::autodiff::conv2d::{Conv2dGradient, Conv2dGradients, Conv2dSaved, Wanted};
use crate::ops::autodiff::gpu::channel_sums::channel_sums;
use crate::ops::conv2d::{Conv2dBackend, ConvSpec};
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{FloatDType, Shape, Slice};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use weight::weight_gradient;

type B = CubeBackend;

impl Conv2dGradient for CubeBackend {
    fn conv2d_gradients(saved: Conv2dSaved<Self>, gradient: CubeTensor, wanted: Wanted) -> Conv2dGradients<Self> {
        let Conv2dSaved { input, weight, output, spec } = saved;
        let gradient = gradient_before::<Self>(spec.activation, output, gradient);
        Conv2dGradients {
            input: wanted.input.then(|| input_gradient(&input.shape(), weight.clone(), gradient.clone(), spec)),
            weight: wanted.weight.then(|| weight_gradient(input, gradient.clone(), weight.shape()[2], spec)),
            bias: wanted.bias.then(|| channel_sums(gradient)),
        }
    }
}

/// The input's gradient, of `shape`: a convolution of the output's, dilated by the stride, with the
/// weights transposed between inputs and outputs and rotated by 180°.
fn input_gradient(shape: &Shape, weight: CubeTensor, gradient: CubeTensor, spec: ConvSpec) -> CubeTensor {
    let device = gradient.device();
    let inputs = shape[1];
    let gradient = spread(gradient, shape, weight.shape()[2], spec);
    let turned = B::float_flip(B::float_permute(weight, &[1, 0, 2, 3]), &[2, 3]);
    let bias = B::float_zeros(Shape::new([inputs]), &device, FloatDType::F32);
    B::conv2d_bias(gradient, turned, bias, ConvSpec::plain(Activation::None))
}

/// The output's gradient with zeros between its pixels, as far apart as they are in an input of `shape`.
pub(in crate::ops) fn spread(gradient: CubeTensor, shape: &Shape, kernel: usize, spec: ConvSpec) -> CubeTensor {
    let ConvSpec { stride, padding, .. } = spec;
    if stride == 1 {
        return gradient;
    }
    let [n, _, height, width] = shape.dims();
    let outputs = gradient.shape()[1];
    let apart = B::float_zeros(Shape::new([n, outputs, height, width]), &gradient.device(), FloatDType::F32);
    let all = |length: usize| Slice::from(0..length);
    let every = |length: usize| {
        let first = kernel / 2 - padding.before(length, kernel, stride);
        Slice::with_step(first as isize, Some(length as isize), stride as isize)
    };
    B::float_slice_assign(apart, &[all(n), all(outputs), every(height), every(width)], gradient)
}
