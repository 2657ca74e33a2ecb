//! A convolution of any kernel and stride: a thread computes neighbouring pixels of one row.

use super::{Operands, finished, is_absent};
use crate::ops::conv2d::ConvSpec;
use crate::ops::gpu::padding::{Window, before};
use cubecl::prelude::*;

/// Neighbouring pixels of a row that a thread computes.
const PIXELS: usize = 4;
/// Channels that it computes them in.
const CHANNELS: usize = 4;

/// Threads per batch entry.
pub(super) fn tiles(outputs: usize, height: usize, width: usize) -> usize {
    outputs.div_ceil(CHANNELS) * height * width.div_ceil(PIXELS)
}

/// The kernel of the convolution that the shader is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kernel {
    /// Rows and columns.
    pub(super) side: usize,
    pub(super) spec: ConvSpec,
}

#[cube(launch)]
pub(super) fn line_kernel<I: Float, W: Float, O: Float>(
    operands: &Operands<I, W, O>,
    output: &mut Tensor<O>,
    #[comptime] kernel: Kernel,
    #[define(I, W, O)] _floats: [ElemType; 3],
) {
    let input = &operands.input;
    let weight = &operands.weight;
    let bias = &operands.bias;
    let side = comptime!(kernel.side);
    let stride = comptime!(kernel.spec.stride);
    // For a 1×1 kernel an image is treated as one row, so that no tile is cut off at the end of a row.
    let is_flat = comptime!(side == 1 && stride == 1);
    let inputs = input.shape(1);
    let height = if is_flat { 1usize.runtime() } else { input.shape(2) };
    let width = if is_flat { input.shape(2) * input.shape(3) } else { input.shape(3) };
    let outputs = output.shape(1);
    let out_height = if is_flat { 1usize.runtime() } else { output.shape(2) };
    let out_width = if is_flat { output.shape(2) * output.shape(3) } else { output.shape(3) };
    let tiles_across = out_width.div_ceil(PIXELS);
    let tiles_deep = outputs.div_ceil(CHANNELS);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * tiles_deep * out_height * tiles_across {
        terminate!();
    }
    let first_column = position % tiles_across * PIXELS;
    let row = position / tiles_across % out_height;
    let first_channel = position / (tiles_across * out_height) % tiles_deep * CHANNELS;
    let entry = position / (tiles_across * out_height * tiles_deep);
    if is_absent(operands, entry) {
        terminate!();
    }
    let window = comptime!(Window { side, stride, padding: kernel.spec.padding });
    let above = before(height, window);
    let left = before(width, window);
    let area = comptime!(side * side);
    let span = comptime!((PIXELS - 1) * stride + side);

    let mut sums = Array::<f32>::new(comptime!(CHANNELS * PIXELS));
    #[unroll]
    for channel in 0..CHANNELS {
        let start = f32::cast_from(bias[usize::min(first_channel + channel, outputs - 1)]);
        #[unroll]
        for pixel in 0..PIXELS {
            sums[channel * PIXELS + pixel] = start;
        }
    }

    let mut line = Array::<f32>::new(span);
    for source in 0..inputs {
        let plane = (entry * inputs + source) * height;
        for tap_row in 0..side {
            // Counted from the first row of padding, so that no index is negative.
            let padded_row = row * stride + tap_row;
            let row_inside = padded_row >= above && padded_row < height + above;
            let start = (plane + select(row_inside, padded_row, above) - above) * width;
            #[unroll]
            for index in 0..span {
                let padded_column = first_column * stride + index;
                let inside = row_inside && padded_column >= left && padded_column < width + left;
                let value = f32::cast_from(input[start + select(inside, padded_column, left) - left]);
                line[index] = select(inside, value, 0.0f32);
            }
            #[unroll]
            for channel in 0..CHANNELS {
                let own = usize::min(first_channel + channel, outputs - 1);
                let taps = (own * inputs + source) * area + tap_row * side;
                #[unroll]
                for tap in 0..side {
                    let factor = f32::cast_from(weight[taps + tap]);
                    #[unroll]
                    for pixel in 0..PIXELS {
                        sums[channel * PIXELS + pixel] += factor * line[pixel * stride + tap];
                    }
                }
            }
        }
    }

    #[unroll]
    for channel in 0..CHANNELS {
        if first_channel + channel < outputs {
            let start = ((entry * outputs + first_channel + channel) * out_height + row) * out_width;
            #[unroll]
            for pixel in 0..PIXELS {
                if first_column + pixel < out_width {
                    let at = start + first_column + pixel;
                    output[at] = finished(operands, sums[channel * PIXELS + pixel], at, kernel.spec.activation);
                }
            }
        }
    }
}
