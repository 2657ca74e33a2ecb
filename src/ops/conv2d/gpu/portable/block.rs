//! A convolution with a 3×3 kernel and stride 1: a thread computes a block of pixels in two rows, which
//! share most of their input.

use super::{Operands, finished, is_absent};
use crate::ops::activation::Activation;
use cubecl::prelude::*;

/// Rows of a block.
const ROWS: usize = 2;
/// Neighbouring pixels per row: feature maps of regions are 7, 14 or 28 pixels wide.
const PIXELS: usize = 7;
/// Channels that a thread computes them in. With more, an image would take a little less time, but a
/// software adapter needs a second to compile the shader.
const CHANNELS: usize = 2;

/// Side of the kernel.
pub(super) const SIDE: usize = 3;
/// Rows and columns of the input of a block.
const LINES: usize = ROWS + SIDE - 1;
const SPAN: usize = PIXELS + SIDE - 1;

/// Threads per batch entry.
pub(super) fn tiles(outputs: usize, height: usize, width: usize) -> usize {
    outputs.div_ceil(CHANNELS) * height.div_ceil(ROWS) * width.div_ceil(PIXELS)
}

#[cube(launch)]
pub(super) fn block_kernel<I: Float, W: Float, O: Float>(
    operands: &Operands<I, W, O>,
    output: &mut Tensor<O>,
    #[comptime] activation: Activation,
    #[define(I, W, O)] _floats: [ElemType; 3],
) {
    let input = &operands.input;
    let weight = &operands.weight;
    let bias = &operands.bias;
    let inputs = input.shape(1);
    let height = input.shape(2);
    let width = input.shape(3);
    let outputs = output.shape(1);
    let tiles_across = width.div_ceil(PIXELS);
    let tiles_down = height.div_ceil(ROWS);
    let tiles_deep = outputs.div_ceil(CHANNELS);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * tiles_deep * tiles_down * tiles_across {
        terminate!();
    }
    let first_column = position % tiles_across * PIXELS;
    let first_row = position / tiles_across % tiles_down * ROWS;
    let first_channel = position / (tiles_across * tiles_down) % tiles_deep * CHANNELS;
    let entry = position / (tiles_across * tiles_down * tiles_deep);
    if is_absent(operands, entry) {
        terminate!();
    }

    let mut sums = Array::<f32>::new(comptime!(CHANNELS * ROWS * PIXELS));
    #[unroll]
    for channel in 0..CHANNELS {
        let start = f32::cast_from(bias[usize::min(first_channel + channel, outputs - 1)]);
        #[unroll]
        for pixel in 0..ROWS * PIXELS {
            sums[channel * ROWS * PIXELS + pixel] = start;
        }
    }

    let mut lines = Array::<f32>::new(comptime!(LINES * SPAN));
    for source in 0..inputs {
        let plane = (entry * inputs + source) * height;
        #[unroll]
        for line in 0..LINES {
            // Counted from the first row and column of padding, so that no index is negative.
            let padded_row = first_row + line;
            let row_inside = padded_row >= 1 && padded_row <= height;
            let start = (plane + select(row_inside, padded_row, 1) - 1) * width;
            #[unroll]
            for index in 0..SPAN {
                let padded_column = first_column + index;
                let inside = row_inside && padded_column >= 1 && padded_column <= width;
                let value = f32::cast_from(input[start + select(inside, padded_column, 1) - 1]);
                lines[line * SPAN + index] = select(inside, value, 0.0f32);
            }
        }
        #[unroll]
        for channel in 0..CHANNELS {
            let own = usize::min(first_channel + channel, outputs - 1);
            let taps = (own * inputs + source) * (SIDE * SIDE);
            #[unroll]
            for tap_row in 0..SIDE {
                #[unroll]
                for tap in 0..SIDE {
                    let factor = f32::cast_from(weight[taps + tap_row * SIDE + tap]);
                    #[unroll]
                    for row in 0..ROWS {
                        #[unroll]
                        for pixel in 0..PIXELS {
                            sums[(channel * ROWS + row) * PIXELS + pixel] +=
                                factor * lines[(row + tap_row) * SPAN + pixel + tap];
                        }
                    }
                }
            }
        }
    }

    #[unroll]
    for channel in 0..CHANNELS {
        #[unroll]
        for row in 0..ROWS {
            if first_channel + channel < outputs && first_row + row < height {
                let start = ((entry * outputs + first_channel + channel) * height + first_row + row) * width;
                #[unroll]
                for pixel in 0..PIXELS {
                    if first_column + pixel < width {
                        let at = start + first_column + pixel;
                        let sum = sums[(channel * ROWS + row) * PIXELS + pixel];
                        output[at] = finished(operands, sum, at, activation);
                    }
                }
            }
        }
    }
}
