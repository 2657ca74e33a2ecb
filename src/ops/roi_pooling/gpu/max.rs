//! RoIPool on the GPU.

use super::{CHANNELS, Cell, Level};
use cubecl::prelude::*;

/// Rounds half away from zero, as C does; WGSL's own `round` rounds half to even.
#[cube]
fn round(value: f32) -> f32 {
    select(value < 0.0f32, -f32::floor(0.5f32 - value), f32::floor(value + 0.5f32))
}

/// A pixel of a side, clipped to the level.
#[cube]
fn clip(pixel: f32, length: usize) -> usize {
    usize::cast_from(u32::cast_from(clamp(pixel, 0.0f32, f32::cast_from(length))))
}

/// The maximum of one cell in each channel.
#[cube]
pub(super) fn cell_max<F: Float>(level: &Level<F>, boxes: &Tensor<f32>, cell: &Cell, maxima: &mut Array<f32>) {
    let height = level.features.shape(2);
    let width = level.features.shape(3);
    let corner = cell.region * 4;
    let scale = level.scale;
    let left = round(boxes[corner] * scale);
    let top = round(boxes[corner + 1] * scale);
    let cell_width = f32::max(round(boxes[corner + 2] * scale) - left + 1.0f32, 1.0f32) / f32::cast_from(cell.size);
    let cell_height = f32::max(round(boxes[corner + 3] * scale) - top + 1.0f32, 1.0f32) / f32::cast_from(cell.size);
    let first_row = clip(f32::floor(f32::cast_from(cell.row) * cell_height) + top, height);
    let end_row = clip(f32::ceil(f32::cast_from(cell.row + 1) * cell_height) + top, height);
    let first_column = clip(f32::floor(f32::cast_from(cell.column) * cell_width) + left, width);
    let end_column = clip(f32::ceil(f32::cast_from(cell.column + 1) * cell_width) + left, width);
    let last_channel = level.features.shape(1) - 1;
    let is_empty = end_row <= first_row || end_column <= first_column;
    #[unroll]
    for channel in 0..CHANNELS {
        let start = usize::min(cell.first_channel + channel, last_channel) * height * width;
        let mut best = select(is_empty, 0.0f32, -3.0e38f32);
        for y in first_row..end_row {
            for x in first_column..end_column {
                best = f32::max(best, f32::cast_from(level.features[start + y * width + x]));
            }
        }
        maxima[channel] = best;
    }
}
