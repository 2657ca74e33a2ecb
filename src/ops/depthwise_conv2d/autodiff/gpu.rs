//! The gradients of [`depthwise_conv2d`](crate::ops::depthwise_conv2d::depthwise_conv2d) on the GPU. The weight's is,
//! for each of its values, the sum over all pixels of the input it was multiplied with times the gradient of the output
//! it was added to: a thread computes a row of the kernel over some rows of the batch; these partial sums are added at
//! the end.

use crate::ops::activation::Activation;
use crate::ops::autodiff::activation::gradient_before;
use crate::ops::autodiff::conv2d::{Conv2dGradients, Conv2dSaved, Wanted};
use crate::ops::autodiff::depthwise_conv2d::DepthwiseConv2dGradient;
use crate::ops::autodiff::gpu::channel_sums::channel_sums;
use crate::ops::autodiff::gpu::conv2d::spread;
use crate::ops::conv2d::ConvSpec;
use crate::ops::depthwise_conv2d::DepthwiseConv2dBackend;
use crate::ops::gpu::padding::{Window, before};
use crate::ops::gpu::workgroup::WORKGROUP;
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{FloatDType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

type B = CubeBackend;

/// The number of threads that keeps a large GPU busy.
const THREADS: usize = 1 << 18;

/// The kernel that the shader is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kernel {
    side: usize,
    spec: ConvSpec,
}

/// Channels come last in `input`, `[n, height, width, channels]`, and `gradient`, so that neighbouring threads load
/// adjacent values. `sums` is `[parts, channels, side, side]`.
#[cube(launch)]
fn weight_kernel(
    input: &Tensor<f32>,
    gradient: &Tensor<f32>,
    sums: &mut Tensor<f32>,
    rows_per_part: usize,
    #[comptime] kernel: Kernel,
) {
    let side = comptime!(kernel.side);
    let stride = comptime!(kernel.spec.stride);
    let height = input.shape(1);
    let width = input.shape(2);
    let channels = input.shape(3);
    let out_height = gradient.shape(1);
    let out_width = gradient.shape(2);
    let position = ABSOLUTE_POS;
    if position >= sums.shape(0) * side * channels {
        terminate!();
    }
    let channel = position % channels;
    let tap_row = position / channels % side;
    let part = position / (channels * side);
    let window = comptime!(Window { side, stride, padding: kernel.spec.padding });
    let above = before(height, window);
    let left = before(width, window);

    let mut found = Array::<f32>::new(side);
    #[unroll]
    for tap in 0..side {
        found[tap] = 0.0f32;
    }
    let first = part * rows_per_part;
    let end = usize::min(first + rows_per_part, gradient.shape(0) * out_height);
    for row in first..end {
        let entry = row / out_height;
        // Counted from the first row and column of padding, so that no index is negative.
        let padded_row = row % out_height * stride + tap_row;
        if padded_row >= above && padded_row < height + above {
            let line = (entry * height + padded_row - above) * width;
            for column in 0..out_width {
                let factor = gradient[(row * out_width + column) * channels + channel];
                #[unroll]
                for tap in 0..side {
                    let padded = column * stride + tap;
                    let inside = padded >= left && padded < width + left;
                    let value = input[(line + select(inside, padded, left) - left) * channels + channel];
                    found[tap] += factor * select(inside, value, 0.0f32);
                }
            }
        }
    }
    let at = ((part * channels + channel) * side + tap_row) * side;
    #[unroll]
    for tap in 0..side {
        sums[at + tap] = found[tap];
    }
}

impl DepthwiseConv2dGradient for CubeBackend {
    fn depthwise_conv2d_gradients(
        saved: Conv2dSaved<Self>,
        gradient: CubeTensor,
        wanted: Wanted,
    ) -> Conv2dGradients<Self> {
        let Conv2dSaved { input, weight, output, spec } = saved;
        let gradient = gradient_before::<Self>(spec.activation, output, gradient);
        Conv2dGradients {
            input: wanted.input.then(|| input_gradient(&input.shape(), weight.clone(), gradient.clone(), spec)),
            weight: wanted.weight.then(|| weight_gradient(input, gradient.clone(), weight.shape()[2], spec)),
            bias: wanted.bias.then(|| channel_sums(gradient)),
        }
    }
}

/// The input's gradient, of `shape`: a depthwise convolution of the output's, dilated by the stride, with the kernels
/// rotated by 180°.
fn input_gradient(shape: &Shape, weight: CubeTensor, gradient: CubeTensor, spec: ConvSpec) -> CubeTensor {
    let gradient = spread(gradient, shape, weight.shape()[2], spec);
    let bias = B::float_zeros(Shape::new([shape[1]]), &gradient.device(), FloatDType::F32);
    let turned = B::float_flip(weight, &[2, 3]);
    B::depthwise_conv2d(gradient, turned, bias, ConvSpec::plain(Activation::None))
}

/// The gradient of a weight with kernels of `side × side`, from the input and the output's gradient.
fn weight_gradient(input: CubeTensor, gradient: CubeTensor, side: usize, spec: ConvSpec) -> CubeTensor {
    let [n, channels, rows, _] = gradient.shape().dims();
    let channels_last = |tensor| into_contiguous(B::float_permute(tensor, &[0, 2, 3, 1]));
    let (input, gradient) = (channels_last(input), channels_last(gradient));
    let rows_per_part = (n * rows).div_ceil((THREADS / (side * channels)).max(1));
    let parts = (n * rows).div_ceil(rows_per_part);
    let client = input.client.clone();
    let shape = Shape::new([parts, channels * side * side]);
    let sums = empty_device_dtype(client.clone(), input.device.clone(), shape, input.dtype);
    weight_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, parts * side * channels, WORKGROUP),
        WORKGROUP,
        input.into_tensor_arg(),
        gradient.into_tensor_arg(),
        sums.clone().into_tensor_arg(),
        rows_per_part,
        Kernel { side, spec },
    );
    let sum = B::float_sum_dim(sums, 0);
    B::float_reshape(sum, Shape::new([channels, 1, side, side]))
}
