//! [`depthwise_conv2d`](crate::ops::depthwise_conv2d::depthwise_conv2d) on the GPU: a thread computes neighbouring
//! pixels of one row, which share most of their input. Sums have single precision, whatever that of inputs and outputs.

use crate::ops::conv2d::ConvSpec;
use crate::ops::depthwise_conv2d::DepthwiseConv2dBackend;
use crate::ops::gpu::activation::activate;
use crate::ops::gpu::padding::{Window, before};
use crate::ops::gpu::workgroup::{WORKGROUP, float_of};
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Neighbouring pixels of a row that a thread computes.
const PIXELS: usize = 4;

/// The kernel of the convolution that the shader is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kernel {
    /// Rows and columns.
    side: usize,
    spec: ConvSpec,
}

/// What a channel is computed from.
#[derive(CubeType, CubeLaunch)]
struct Operands<I: Float, W: Float, O: Float> {
    input: OwnedTensor<I>,
    weight: OwnedTensor<W>,
    bias: OwnedTensor<O>,
}

#[cube(launch)]
fn depthwise_kernel<I: Float, W: Float, O: Float>(
    operands: &Operands<I, W, O>,
    output: &mut Tensor<O>,
    #[comptime] kernel: Kernel,
    #[define(I, W, O)] _floats: [ElemType; 3],
) {
    let input = &operands.input;
    let weight = &operands.weight;
    let side = comptime!(kernel.side);
    let stride = comptime!(kernel.spec.stride);
    let span = comptime!((PIXELS - 1) * stride + side);
    let height = input.shape(2);
    let width = input.shape(3);
    let channels = output.shape(1);
    let out_height = output.shape(2);
    let out_width = output.shape(3);
    let tiles_across = out_width.div_ceil(PIXELS);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * channels * out_height * tiles_across {
        terminate!();
    }
    let first_column = position % tiles_across * PIXELS;
    let row = position / tiles_across % out_height;
    let plane = position / (tiles_across * out_height);
    let channel = plane % channels;
    let window = comptime!(Window { side, stride, padding: kernel.spec.padding });
    let above = before(height, window);
    let left = before(width, window);

    let mut sums = Array::<f32>::new(PIXELS);
    #[unroll]
    for pixel in 0..PIXELS {
        sums[pixel] = f32::cast_from(operands.bias[channel]);
    }
    let mut line = Array::<f32>::new(span);
    for tap_row in 0..side {
        // Counted from the first row of padding, so that no index is negative.
        let padded_row = row * stride + tap_row;
        let row_inside = padded_row >= above && padded_row < height + above;
        let start = (plane * height + select(row_inside, padded_row, above) - above) * width;
        #[unroll]
        for index in 0..span {
            let padded_column = first_column * stride + index;
            let inside = row_inside && padded_column >= left && padded_column < width + left;
            let value = f32::cast_from(input[start + select(inside, padded_column, left) - left]);
            line[index] = select(inside, value, 0.0f32);
        }
        #[unroll]
        for tap in 0..side {
            let factor = f32::cast_from(weight[(channel * side + tap_row) * side + tap]);
            #[unroll]
            for pixel in 0..PIXELS {
                sums[pixel] += factor * line[pixel * stride + tap];
            }
        }
    }
    let start = (plane * out_height + row) * out_width;
    #[unroll]
    for pixel in 0..PIXELS {
        if first_column + pixel < out_width {
            output[start + first_column + pixel] = O::cast_from(activate(sums[pixel], kernel.spec.activation));
        }
    }
}

impl DepthwiseConv2dBackend for CubeBackend {
    fn depthwise_conv2d(input: CubeTensor, weight: CubeTensor, bias: CubeTensor, spec: ConvSpec) -> CubeTensor {
        let [input, weight, bias] = [input, weight, bias].map(into_contiguous);
        let client = input.client.clone();
        let [n, channels, height, width] = input.meta.shape().dims();
        let (out_height, out_width) = (height.div_ceil(spec.stride), width.div_ceil(spec.stride));
        let shape = Shape::new([n, channels, out_height, out_width]);
        let output = empty_device_dtype(client.clone(), input.device.clone(), shape, bias.dtype);
        let floats = [&input, &weight, &bias].map(float_of);
        let kernel = Kernel { side: weight.meta.shape()[2], spec };
        let threads = n * channels * out_height * out_width.div_ceil(PIXELS);
        depthwise_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, threads, WORKGROUP),
            WORKGROUP,
            OperandsLaunch::new(input.into_tensor_arg(), weight.into_tensor_arg(), bias.into_tensor_arg()),
            output.clone().into_tensor_arg(),
            kernel,
            floats,
        );
        output
    }
}
