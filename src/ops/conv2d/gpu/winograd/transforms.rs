//! The transforms of kernel, input and output, each thread one tile of one channel, or one pair of channels.

use crate::ops::gpu::tiled_product::{Ending, finished};
use cubecl::prelude::*;

/// Rows and columns of a tile of the output.
pub(super) const SIDE: usize = 2;
/// Rows and columns of a tile of the input and of a transformed kernel.
pub(super) const SPAN: usize = 4;
/// Rows and columns of the kernel.
const KERNEL: usize = 3;

/// Neighbouring tiles, counted through all batch entries.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Part {
    pub(super) first: usize,
    pub(super) count: usize,
}

/// Where a tile begins in the output.
#[derive(CubeType)]
struct Place {
    entry: usize,
    row: usize,
    column: usize,
}

#[cube]
fn place(tile: usize, height: usize, width: usize) -> Place {
    let across = width.div_ceil(SIDE);
    let down = height.div_ceil(SIDE);
    Place { entry: tile / (across * down), row: tile / across % down * SIDE, column: tile % across * SIDE }
}

/// `[outputs, inputs, 3, 3]`, in any layout, to `[4, 4, inputs, outputs]`: `G g Gᵀ`.
#[cube(launch_unchecked)]
pub(super) fn winograd_weight<W: Float>(weight: &Tensor<W>, output: &mut Tensor<f32>, #[define(W)] _float: ElemType) {
    let outputs = weight.shape(0);
    let pairs = outputs * weight.shape(1);
    let pair = ABSOLUTE_POS;
    if pair >= pairs {
        terminate!();
    }
    let start = pair % outputs * weight.stride(0) + pair / outputs * weight.stride(1);
    let mut values = Array::<f32>::new(comptime!(SPAN * SPAN));
    #[unroll]
    for row in 0..KERNEL {
        #[unroll]
        for column in 0..KERNEL {
            let at = start + row * weight.stride(2) + column * weight.stride(3);
            values[comptime!(row * SPAN + column)] = f32::cast_from(weight[at]);
        }
        expand(&mut values, comptime!(row * SPAN), 1usize);
    }
    #[unroll]
    for column in 0..SPAN {
        expand(&mut values, column, SPAN);
    }
    #[unroll]
    for index in 0..SPAN * SPAN {
        output[index * pairs + pair] = values[index];
    }
}

/// `[n, inputs, height, width]` to `[4 × 4, inputs, 1, tiles]`: `Bᵀ d B`. Tiles behind the part's last, which fill up
/// the product's tiles, are left as they are: nothing that is read depends on them.
#[cube(launch_unchecked)]
pub(super) fn winograd_input<I: Float>(
    input: &Tensor<I>,
    output: &mut Tensor<f32>,
    part: &Part,
    #[define(I)] _float: ElemType,
) {
    let inputs = input.shape(1);
    let height = input.shape(2);
    let width = input.shape(3);
    let position = ABSOLUTE_POS;
    if position >= inputs * part.count {
        terminate!();
    }
    let tile = position % part.count;
    let channel = position / part.count;
    let place = place(part.first + tile, height, width);
    let plane = (place.entry * inputs + channel) * height;
    let mut values = Array::<f32>::new(comptime!(SPAN * SPAN));
    #[unroll]
    for row in 0..SPAN {
        // Counted from the first row and column of padding, so that no index is negative. A valid address is read in any
        // case, and the value discarded.
        let padded_row = place.row + row;
        let row_inside = padded_row >= 1 && padded_row <= height;
        let start = (plane + select(row_inside, padded_row, 1) - 1) * width;
        #[unroll]
        for column in 0..SPAN {
            let padded_column = place.column + column;
            let inside = row_inside && padded_column >= 1 && padded_column <= width;
            let value = f32::cast_from(input[start + select(inside, padded_column, 1) - 1]);
            values[comptime!(row * SPAN + column)] = select(inside, value, 0.0f32);
        }
        differences(&mut values, comptime!(row * SPAN), 1usize);
    }
    #[unroll]
    for column in 0..SPAN {
        differences(&mut values, column, SPAN);
    }
    let tiles = output.shape(3);
    #[unroll]
    for index in 0..SPAN * SPAN {
        output[(index * inputs + channel) * tiles + tile] = values[index];
    }
}

/// `[4 × 4, outputs, 1, tiles]` to these tiles of `[n, outputs, height, width]`: `Aᵀ m A`, and what follows the
/// convolution.
#[cube(launch_unchecked)]
pub(super) fn winograd_output<O: Float>(
    products: &Tensor<f32>,
    ending: &Ending<O>,
    output: &mut Tensor<O>,
    part: &Part,
    #[define(O)] _float: ElemType,
) {
    let outputs = output.shape(1);
    let height = output.shape(2);
    let width = output.shape(3);
    let position = ABSOLUTE_POS;
    if position >= outputs * part.count {
        terminate!();
    }
    let tile = position % part.count;
    let channel = position / part.count;
    let tiles = products.shape(3);
    let mut values = Array::<f32>::new(comptime!(SPAN * SPAN));
    #[unroll]
    for row in 0..SPAN {
        #[unroll]
        for column in 0..SPAN {
            let index = comptime!(row * SPAN + column);
            values[index] = products[(index * outputs + channel) * tiles + tile];
        }
        reduce(&mut values, comptime!(row * SPAN), 1usize);
    }
    let place = place(part.first + tile, height, width);
    let plane = (place.entry * outputs + channel) * height;
    #[unroll]
    for column in 0..SIDE {
        reduce(&mut values, column, SPAN);
        #[unroll]
        for row in 0..SIDE {
            if place.row + row < height && place.column + column < width {
                let at = (plane + place.row + row) * width + place.column + column;
                output[at] = finished(ending, values[comptime!(row * SPAN + column)], channel, at);
            }
        }
    }
}

/// `G` times the three values from `first`, `step` apart, in their place and one more.
#[cube]
fn expand(values: &mut Array<f32>, #[comptime] first: usize, #[comptime] step: usize) {
    let (second, third, fourth) = comptime!((first + step, first + 2 * step, first + 3 * step));
    let outer = (values[first] + values[third]) * 0.5f32;
    let inner = values[second] * 0.5f32;
    values[fourth] = values[third];
    values[second] = outer + inner;
    values[third] = outer - inner;
}

/// `Bᵀ` times the four values from `first`, `step` apart, in their place.
#[cube]
fn differences(values: &mut Array<f32>, #[comptime] first: usize, #[comptime] step: usize) {
    let (second, third, fourth) = comptime!((first + step, first + 2 * step, first + 3 * step));
    let sum = values[second] + values[third];
    let difference = values[third] - values[second];
    values[first] -= values[third];
    values[fourth] = values[second] - values[fourth];
    values[second] = sum;
    values[third] = difference;
}

/// `Aᵀ` times the four values from `first`, `step` apart, in the place of the first two.
#[cube]
fn reduce(values: &mut Array<f32>, #[comptime] first: usize, #[comptime] step: usize) {
    let (second, third, fourth) = comptime!((first + step, first + 2 * step, first + 3 * step));
    values[first] = values[first] + values[second] + values[third];
    values[second] = values[second] - values[third] - values[fourth];
}
