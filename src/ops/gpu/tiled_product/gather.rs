//! How the values of the input that belong to the pixels of a tile are found.

use super::kernel::{Four, Operands, Plan};
use super::tile::{DEPTH, Tile};
use crate::ops::gpu::padding::{Window, before};
use cubecl::prelude::*;

/// The order of the products that a value of the output sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ops) enum Order {
    /// All input channels of one tap of the kernel after the other, where they fill whole steps: within a step all
    /// products have the same tap, so that places within the image are computed once a step.
    Taps,
    /// All taps of one input channel after the other, as weights of a convolution lie in a checkpoint.
    Channels,
}

/// Where the values of the input come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ops) struct Source {
    /// The kernel.
    pub(super) window: Window,
    pub(super) order: Order,
    /// Whether neighbours in memory are the input channels of one pixel, as for a linear layer, and not pixels.
    pub(super) is_linear: bool,
}

impl Source {
    /// Vectors at the end of a row in workgroup memory that keep threads that store one column from its same bank.
    pub(super) const fn padding(self) -> usize {
        if self.is_linear { 1 } else { 0 }
    }

    /// From one of the places in workgroup memory that a thread fills to the next, in vectors.
    pub(super) const fn slot_step(self, tile: Tile) -> usize {
        if self.is_linear { tile.threads() / DEPTH } else { tile.threads() }
    }
}

/// The size of the output.
#[derive(CubeType)]
pub(super) struct OutputSize {
    /// Pixels of all batch entries.
    pub(super) pixels: usize,
    /// Pixels of one.
    pub(super) area: usize,
    pub(super) width: usize,
}

/// The pixels of the tile that a thread loads values of.
#[derive(CubeType)]
pub(super) struct Columns {
    /// Where the first of these goes in workgroup memory.
    pub(super) slot: usize,
    /// Its row within a step.
    layer: usize,
    /// For each pixel, where its batch entry begins in the input.
    starts: Array<usize>,
    /// For each, the row and column of the kernel's first tap, counted from the first of the padding, so that none is
    /// negative.
    rows: Array<usize>,
    columns: Array<usize>,
}

#[cube]
impl Columns {
    /// Those of this thread.
    pub(super) fn new<I: Float, W: Float, O: Float, N: Size>(
        operands: &Operands<I, W, O, N>,
        size: &OutputSize,
        first_pixel: usize,
        #[comptime] source: Source,
        #[comptime] tile: Tile,
    ) -> Columns {
        let input = &operands.input;
        let unit = UNIT_POS as usize;
        let vectors = comptime!(tile.pixels / 4);
        let entry_size = input.shape(1) * input.shape(2) * input.shape(3);
        let loads = comptime!(DEPTH * vectors / tile.threads());
        // A linear layer's threads have neighbouring channels of as many pixels as they load vectors.
        let groups = comptime!(if source.is_linear { loads } else { 1 });
        let layer = if comptime!(source.is_linear) { unit % DEPTH } else { unit / vectors };
        let vector = if comptime!(source.is_linear) { unit / DEPTH } else { unit % vectors };
        let across = comptime!(tile.threads_across());
        let mut starts = Array::<usize>::new(comptime!(groups * 4));
        let mut rows = Array::<usize>::new(comptime!(groups * 4));
        let mut columns = Array::<usize>::new(comptime!(groups * 4));
        #[unroll]
        for group in 0..groups {
            let own = vector + group * comptime!(source.slot_step(tile));
            #[unroll]
            for part in 0..4usize {
                let place = (own / across * 4 + part) * across + own % across;
                let pixel = usize::min(first_pixel + place, size.pixels - 1);
                let index = comptime!(group * 4 + part);
                starts[index] = pixel / size.area * entry_size;
                rows[index] = pixel % size.area / size.width * source.window.stride;
                columns[index] = pixel % size.area % size.width * source.window.stride;
            }
        }
        let slot = layer * comptime!(vectors + source.padding()) + vector;
        Columns { slot, layer, starts, rows, columns }
    }
}

/// Loads this thread's values of a step; zeros outside of the image and behind the last product.
#[cube]
pub(super) fn gather<I: Float, W: Float, O: Float, P: Float, N: Size>(
    operands: &Operands<I, W, O, N>,
    loaded: &mut Array<Vector<P, Four>>,
    columns: &Columns,
    step: usize,
    #[comptime] plan: Plan,
) {
    let source = comptime!(plan.source);
    match comptime!((source.is_linear, source.order)) {
        (true, _) => gather_rows(operands, loaded, columns, step, plan),
        (false, Order::Taps) => gather_tap(operands, loaded, columns, step, plan),
        (false, Order::Channels) => gather_channels(operands, loaded, columns, step, plan),
    }
}

/// A place in the input, and whether it is one.
#[derive(CubeType, Clone, Copy)]
struct Place {
    index: usize,
    is_inside: bool,
}

/// The place of a tap of the kernel at a pixel, in the first channel.
#[cube]
fn place<I: Float>(
    input: &OwnedTensor<I>,
    columns: &Columns,
    tap: usize,
    #[comptime] part: usize,
    #[comptime] window: Window,
) -> Place {
    let side = comptime!(window.side);
    let height = input.shape(2);
    let width = input.shape(3);
    if comptime!(side == 1) {
        Place {
            index: columns.starts[part] + columns.rows[part] * width + columns.columns[part],
            is_inside: true.runtime(),
        }
    } else {
        let above = before(height, window);
        let left = before(width, window);
        let row = columns.rows[part] + tap / side;
        let column = columns.columns[part] + tap % side;
        let is_inside = row >= above && row < height + above && column >= left && column < width + left;
        // A valid address is read in any case, and the value discarded.
        let row = select(is_inside, row, above) - above;
        let column = select(is_inside, column, left) - left;
        Place { index: columns.starts[part] + row * width + column, is_inside }
    }
}

#[cube]
fn gather_tap<I: Float, W: Float, O: Float, P: Float, N: Size>(
    operands: &Operands<I, W, O, N>,
    loaded: &mut Array<Vector<P, Four>>,
    columns: &Columns,
    step: usize,
    #[comptime] plan: Plan,
) {
    let tile = comptime!(plan.tile);
    let window = comptime!(plan.source.window);
    let input = &operands.input;
    let area = input.shape(2) * input.shape(3);
    let steps_per_tap = input.shape(1) / DEPTH;
    let tap = step / steps_per_tap;
    let channel = step % steps_per_tap * DEPTH + columns.layer;
    let layers = comptime!(tile.threads() / (tile.pixels / 4));
    let loads = comptime!(DEPTH / layers);
    let mut indices = Array::<usize>::new(4usize);
    let mut insides = Array::<bool>::new(4usize);
    #[unroll]
    for part in 0..4usize {
        let place = place(input, columns, tap, part, window);
        indices[part] = place.index;
        insides[part] = place.is_inside;
    }
    #[unroll]
    for index in 0..loads {
        let mut four = Vector::<P, Four>::new(P::new(0.0));
        #[unroll]
        for part in 0..4usize {
            let value = P::cast_from(input[indices[part] + (channel + index * layers) * area]);
            four.insert(part, select(insides[part], value, P::new(0.0)));
        }
        loaded[index] = four;
    }
}

#[cube]
fn gather_channels<I: Float, W: Float, O: Float, P: Float, N: Size>(
    operands: &Operands<I, W, O, N>,
    loaded: &mut Array<Vector<P, Four>>,
    columns: &Columns,
    step: usize,
    #[comptime] plan: Plan,
) {
    let tile = comptime!(plan.tile);
    let window = comptime!(plan.source.window);
    let side = comptime!(window.side);
    let input = &operands.input;
    let area = input.shape(2) * input.shape(3);
    let depth = input.shape(1) * comptime!(side * side);
    let layers = comptime!(tile.threads() / (tile.pixels / 4));
    #[unroll]
    for index in 0..comptime!(DEPTH / layers) {
        let layer = step * DEPTH + columns.layer + index * layers;
        let valid = usize::min(layer, depth - 1);
        let channel = valid / comptime!(side * side);
        let tap = valid % comptime!(side * side);
        let mut four = Vector::<P, Four>::new(P::new(0.0));
        #[unroll]
        for part in 0..4usize {
            let place = place(input, columns, tap, part, window);
            let value = P::cast_from(input[place.index + channel * area]);
            four.insert(part, select(place.is_inside && layer < depth, value, P::new(0.0)));
        }
        loaded[index] = four;
    }
}

#[cube]
fn gather_rows<I: Float, W: Float, O: Float, P: Float, N: Size>(
    operands: &Operands<I, W, O, N>,
    loaded: &mut Array<Vector<P, Four>>,
    columns: &Columns,
    step: usize,
    #[comptime] plan: Plan,
) {
    let tile = comptime!(plan.tile);
    let input = &operands.input;
    let depth = input.shape(1);
    let layer = step * DEPTH + columns.layer;
    let valid = usize::min(layer, depth - 1);
    #[unroll]
    for index in 0..comptime!(DEPTH * tile.pixels / 4 / tile.threads()) {
        let mut four = Vector::<P, Four>::new(P::new(0.0));
        #[unroll]
        for part in 0..4usize {
            let value = P::cast_from(input[columns.starts[comptime!(index * 4 + part)] + valid]);
            four.insert(part, select(layer < depth, value, P::new(0.0)));
        }
        loaded[index] = four;
    }
}
