//! The kernel of a tiled product.
//!
//! In each step a workgroup brings [`DEPTH`] rows of both operands into its memory, and each thread adds the products
//! of its rows and columns to its sums. The values of the next step are loaded into registers before, so that they
//! arrive meanwhile. A thread has every `threads_across`-th pixel of the tile, so that neighbouring threads load and
//! store neighbouring values; in workgroup memory its pixels lie side by side, so that it reads four at once.
//!
//! Where inputs, weights and outputs have half precision, so have workgroup memory and the products ([`Plan::in_half`]): GPUs have twice
//! the rate for them, or at least load half as many bytes. The [`DEPTH`] products of a step are summed in half precision and
//! then added to the sums, which have single precision. Shorter stretches would be as dear as single precision: each ends
//! with a conversion and an addition for each sum, the time of four products of half precision. With this one a layer's
//! outputs are off by twice the rounding of outputs alone, whatever the depth (`benches/half_sums.py`).
//!
//! Where there are too few tiles for a large GPU, each is computed in several parts of the sum, by a workgroup each, which
//! [`add_parts`](super::ending::add_parts) then adds. How many is no matter of the shader: a small image, with which the
//! kernels are compiled, takes the same.

use super::ending::{Ending, finished};
use super::gather::{Columns, OutputSize, Source, gather};
use super::tile::{DEPTH, Tile};
use crate::ops::ABSENT;
use cubecl::prelude::*;

/// Four values at once.
pub(super) type Four = Const<4>;

/// What a product is computed from.
#[derive(CubeType, CubeLaunch)]
pub(super) struct Operands<I: Float, W: Float, O: Float, N: Size> {
    /// `[n, inputs, height, width]`.
    pub(super) input: OwnedTensor<I>,
    /// `[depth, outputs]`, see [`Order`](super::Order), or one for each batch entry ([`Weights`]).
    pub(super) weight: OwnedTensor<Vector<W, N>>,
    pub(super) ending: Ending<O>,
    /// The scores of the batch entries; those that are [`ABSENT`] are not computed.
    scores: ComptimeOption<OwnedTensor<f32>>,
}

/// Whose the weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Weights {
    /// The same for all batch entries.
    Shared,
    /// Each entry has its own; no tile has pixels of two.
    OfEntries,
}

/// Where a tile's weights begin.
#[derive(CubeType)]
struct WeightOrigin {
    channel: usize,
    /// Rows of all entries before.
    row: usize,
}

/// What the shader is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub(super) tile: Tile,
    pub(super) source: Source,
    pub(super) weights: Weights,
    /// Whether products have half precision, and not single.
    pub(super) in_half: bool,
}

#[cube(launch_unchecked)]
pub(super) fn product_kernel<I: Float, W: Float, O: Float, P: Float, N: Size>(
    operands: &Operands<I, W, O, N>,
    output: &mut Tensor<O>,
    partials: &mut Tensor<f32>,
    parts: usize,
    #[comptime] plan: Plan,
    #[define(I, W, O, P)] _floats: [ElemType; 4],
) {
    let tile = comptime!(plan.tile);
    let source = comptime!(plan.source);
    let across = comptime!(tile.threads_across());
    let threads = comptime!(tile.threads());
    let pixel_vectors = comptime!(tile.pixels / 4);
    let channel_vectors = comptime!(tile.channels / 4);
    let own_pixels = comptime!(tile.thread_pixels / 4);
    let own_channels = comptime!(tile.thread_channels / 4);
    let input_row = comptime!(pixel_vectors + source.padding());

    let outputs = output.shape(1);
    let out_area = output.shape(2) * output.shape(3);
    let pixels = output.shape(0) * out_area;
    let depth = operands.input.shape(1) * comptime!(source.window.side * source.window.side);
    let first_channel = CUBE_POS_X as usize * tile.channels;
    let part = CUBE_POS_Z as usize % parts;
    let first_pixel = (CUBE_POS_Y as usize + CUBE_POS_Z as usize / parts * CUBE_COUNT_Y as usize) * tile.pixels;
    if first_pixel >= pixels {
        terminate!();
    }
    // Barriers stand outside of every branch that depends on this, as WebGPU demands.
    let is_present = has_present(operands, first_pixel, usize::min(first_pixel + tile.pixels, pixels) - 1, out_area);

    let origin = WeightOrigin {
        channel: first_channel,
        row: match comptime!(plan.weights) {
            Weights::Shared => 0usize.runtime(),
            Weights::OfEntries => first_pixel / out_area * depth,
        },
    };

    let unit = UNIT_POS as usize;
    let column = unit % across;
    let row = unit / across;
    let size = OutputSize { pixels, area: out_area, width: output.shape(3) };
    let columns = Columns::new(operands, &size, first_pixel, source, tile);

    let mut weights = Shared::<[Vector<P, Four>]>::new_slice(comptime!(DEPTH * channel_vectors));
    let mut inputs = Shared::<[Vector<P, Four>]>::new_slice(comptime!(DEPTH * input_row));
    let weight_loads = comptime!(DEPTH * channel_vectors / threads);
    let input_loads = comptime!(DEPTH * pixel_vectors / threads);
    let mut next_weights = Array::<Vector<P, Four>>::new(weight_loads);
    let mut next_inputs = Array::<Vector<P, Four>>::new(input_loads);

    let own_sums = comptime!(tile.thread_channels * own_pixels);
    let mut products = Array::<Vector<P, Four>>::new(own_sums);
    // Of all steps before, where products are in half precision.
    let mut sums = Array::<Vector<f32, Four>>::new(comptime!(if plan.in_half { own_sums } else { 1 }));
    #[unroll]
    for index in 0..own_sums {
        products[index] = Vector::new(P::new(0.0));
        if comptime!(plan.in_half) {
            sums[index] = Vector::new(0.0f32);
        }
    }

    let all_steps = depth.div_ceil(DEPTH);
    let steps_per_part = all_steps.div_ceil(parts);
    let first_step = part * steps_per_part;
    let steps = usize::min(first_step + steps_per_part, all_steps);
    if is_present {
        load_weights(operands, &mut next_weights, &origin, first_step, plan);
        gather(operands, &mut next_inputs, &columns, first_step, plan);
    }
    for step in first_step..steps {
        if is_present {
            #[unroll]
            for index in 0..weight_loads {
                weights[unit + index * threads] = next_weights[index];
            }
            #[unroll]
            for index in 0..input_loads {
                inputs[columns.slot + index * comptime!(source.slot_step(tile))] = next_inputs[index];
            }
        }
        sync_cube();
        if is_present {
            if step + 1 < steps {
                load_weights(operands, &mut next_weights, &origin, step + 1, plan);
                gather(operands, &mut next_inputs, &columns, step + 1, plan);
            }
            let mut factors = Array::<Vector<P, Four>>::new(own_channels);
            let mut values = Array::<Vector<P, Four>>::new(own_pixels);
            for outer in 0..comptime!(DEPTH / UNROLLED) {
                #[unroll]
                for inner in 0..UNROLLED {
                    let layer = outer * UNROLLED + inner;
                    #[unroll]
                    for index in 0..own_channels {
                        factors[index] = weights[layer * channel_vectors + row * own_channels + index];
                    }
                    #[unroll]
                    for index in 0..own_pixels {
                        values[index] = inputs[layer * input_row + index * across + column];
                    }
                    #[unroll]
                    for channel in 0..tile.thread_channels {
                        let factor = Vector::new(factors[channel / 4].extract(comptime!(channel % 4)));
                        #[unroll]
                        for index in 0..own_pixels {
                            products[channel * own_pixels + index] += factor * values[index];
                        }
                    }
                }
            }
            if comptime!(plan.in_half) {
                #[unroll]
                for index in 0..own_sums {
                    sums[index] += Vector::cast_from(products[index]);
                    products[index] = Vector::new(P::new(0.0));
                }
            }
        }
        sync_cube();
    }

    if is_present {
        let mut starts = Array::<usize>::new(tile.thread_pixels);
        let mut insides = Array::<bool>::new(tile.thread_pixels);
        #[unroll]
        for index in 0..tile.thread_pixels {
            let pixel = first_pixel + index * across + column;
            starts[index] = pixel / out_area * outputs * out_area + pixel % out_area;
            insides[index] = pixel < pixels;
        }
        #[unroll]
        for own in 0..tile.thread_channels {
            let channel = first_channel + row * tile.thread_channels + own;
            if channel < outputs {
                #[unroll]
                for index in 0..tile.thread_pixels {
                    if insides[index] {
                        let at = starts[index] + channel * out_area;
                        let vector = comptime!(own * own_pixels + index / 4);
                        let sum = if comptime!(plan.in_half) {
                            sums[vector].extract(comptime!(index % 4))
                        } else {
                            f32::cast_from(products[vector].extract(comptime!(index % 4)))
                        };
                        if parts == 1 {
                            output[at] = finished(&operands.ending, sum, channel, at);
                        } else {
                            partials[part * pixels * outputs + at] = sum;
                        }
                    }
                }
            }
        }
    }
}

/// Rows of the inner loop that are unrolled: all would take drivers long to compile.
const UNROLLED: usize = 4;

/// Loads this thread's weights of a step; for channels and rows behind the last, any and zeros.
#[cube]
fn load_weights<I: Float, W: Float, O: Float, P: Float, N: Size>(
    operands: &Operands<I, W, O, N>,
    loaded: &mut Array<Vector<P, Four>>,
    origin: &WeightOrigin,
    step: usize,
    #[comptime] plan: Plan,
) {
    let tile = comptime!(plan.tile);
    let side = comptime!(plan.source.window.side);
    let weight = &operands.weight;
    let outputs = operands.ending.bias.shape(0);
    let depth = operands.input.shape(1) * comptime!(side * side);
    let width = N::value();
    let vectors = comptime!(tile.channels / 4);
    let threads = comptime!(tile.threads());
    #[unroll]
    for index in 0..comptime!(DEPTH * vectors / threads) {
        let place = UNIT_POS as usize + index * threads;
        let channel = origin.channel + place % vectors * 4;
        let layer = step * DEPTH + place / vectors;
        let is_inside = layer < depth;
        let start = (origin.row + select(is_inside, layer, depth - 1)) * outputs;
        let mut four = Vector::<P, Four>::new(P::new(0.0));
        if comptime!(width == 4) {
            let found = weight[(start + usize::min(channel, outputs - 4)) / 4];
            #[unroll]
            for part in 0..4usize {
                four.insert(part, P::cast_from(found.extract(part)));
            }
        } else {
            #[unroll]
            for part in 0..4usize {
                let found = weight[start + usize::min(channel + part, outputs - 1)];
                four.insert(part, P::cast_from(found.extract(0usize)));
            }
        }
        loaded[index] = select(is_inside, four, Vector::new(P::new(0.0)));
    }
}

/// Whether any of the batch entries of these pixels is valid.
#[cube]
fn has_present<I: Float, W: Float, O: Float, N: Size>(
    operands: &Operands<I, W, O, N>,
    first_pixel: usize,
    last_pixel: usize,
    area: usize,
) -> bool {
    #[comptime]
    match &operands.scores {
        ComptimeOption::Some(scores) => {
            let mut best = scores[first_pixel / area];
            for entry in first_pixel / area + 1..last_pixel / area + 1 {
                best = f32::max(best, scores[entry]);
            }
            best > ABSENT
        }
        ComptimeOption::None => true.runtime(),
    }
}
