//! [`conv2d`](super::conv2d) on the GPU: a thread makes a tile of neighbouring pixels in several
//! channels, so that what it loads serves many products. No barriers and no shared memory, which
//! software adapters are slow at; the caches keep what neighbouring threads load alike.

use super::Conv2dBackend;
use crate::ops::workgroup::WORKGROUP;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Neighbouring pixels of a row that a thread makes.
const PIXELS: usize = 4;
/// Channels that it makes them in.
const CHANNELS: usize = 4;

#[cube(launch)]
fn conv2d_kernel(
    input: &Tensor<f32>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    shortcut: ComptimeOption<&Tensor<f32>>,
    output: &mut Tensor<f32>,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[comptime] rectify: bool,
) {
    let inputs = input.shape(1);
    let height = input.shape(2);
    let width = input.shape(3);
    let outputs = output.shape(1);
    let out_height = output.shape(2);
    let out_width = output.shape(3);
    let tiles_across = out_width.div_ceil(PIXELS);
    let tiles_deep = outputs.div_ceil(CHANNELS);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * tiles_deep * out_height * tiles_across {
        terminate!();
    }
    let first_column = position % tiles_across * PIXELS;
    let row = position / tiles_across % out_height;
    let first_channel = position / (tiles_across * out_height) % tiles_deep * CHANNELS;
    let picture = position / (tiles_across * out_height * tiles_deep);
    let padding = comptime!(kernel / 2);
    let area = comptime!(kernel * kernel);
    let span = comptime!((PIXELS - 1) * stride + kernel);

    let mut sums = Array::<f32>::new(comptime!(CHANNELS * PIXELS));
    #[unroll]
    for channel in 0..CHANNELS {
        let start = bias[usize::min(first_channel + channel, outputs - 1)];
        #[unroll]
        for pixel in 0..PIXELS {
            sums[channel * PIXELS + pixel] = start;
        }
    }

    let mut line = Array::<f32>::new(span);
    for source in 0..inputs {
        let plane = (picture * inputs + source) * height;
        for tap_row in 0..kernel {
            // Counted from the first row of padding, so that nothing is negative.
            let padded_row = row * stride + tap_row;
            if padded_row >= padding && padded_row < height + padding {
                let start = (plane + padded_row - padding) * width;
                #[unroll]
                for index in 0..span {
                    let padded_column = first_column * stride + index;
                    let inside = padded_column >= padding && padded_column < width + padding;
                    let column = select(inside, padded_column, padding) - padding;
                    line[index] = select(inside, input[start + column], 0.0f32);
                }
                #[unroll]
                for channel in 0..CHANNELS {
                    let own = usize::min(first_channel + channel, outputs - 1);
                    let taps = (own * inputs + source) * area + tap_row * kernel;
                    #[unroll]
                    for tap in 0..kernel {
                        let factor = weight[taps + tap];
                        #[unroll]
                        for pixel in 0..PIXELS {
                            sums[channel * PIXELS + pixel] += factor * line[pixel * stride + tap];
                        }
                    }
                }
            }
        }
    }

    #[unroll]
    for channel in 0..CHANNELS {
        if first_channel + channel < outputs {
            let start = ((picture * outputs + first_channel + channel) * out_height + row) * out_width;
            #[unroll]
            for pixel in 0..PIXELS {
                if first_column + pixel < out_width {
                    let at = start + first_column + pixel;
                    let sum = sums[channel * PIXELS + pixel];
                    #[comptime]
                    let sum = match shortcut {
                        ComptimeOption::Some(shortcut) => sum + shortcut[at],
                        ComptimeOption::None => sum,
                    };
                    output[at] = if rectify { f32::max(sum, 0.0f32) } else { sum };
                }
            }
        }
    }
}

impl Conv2dBackend for CubeBackend {
    fn conv2d_bias(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        stride: usize,
        rectify: bool,
    ) -> CubeTensor {
        convolve(input, weight, bias, None, stride, rectify)
    }

    fn residual_conv2d(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        shortcut: CubeTensor,
        stride: usize,
    ) -> CubeTensor {
        convolve(input, weight, bias, Some(shortcut), stride, true)
    }
}

fn convolve(
    input: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    shortcut: Option<CubeTensor>,
    stride: usize,
    rectify: bool,
) -> CubeTensor {
    let [input, weight, bias] = [input, weight, bias].map(into_contiguous);
    let shortcut = shortcut.map(into_contiguous);
    let client = input.client.clone();
    let [n, _, height, width] = input.meta.shape().dims();
    let [outputs, _, kernel, _] = weight.meta.shape().dims();
    let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
    let shape = Shape::new([n, outputs, out_height, out_width]);
    let output = empty_device_dtype(client.clone(), input.device.clone(), shape, input.dtype);
    let threads = n * outputs.div_ceil(CHANNELS) * out_height * out_width.div_ceil(PIXELS);
    conv2d_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, threads, WORKGROUP),
        WORKGROUP,
        input.into_tensor_arg(),
        weight.into_tensor_arg(),
        bias.into_tensor_arg(),
        shortcut.map(|shortcut| shortcut.into_tensor_arg()).into(),
        output.clone().into_tensor_arg(),
        kernel,
        stride,
        rectify,
    );
    output
}
