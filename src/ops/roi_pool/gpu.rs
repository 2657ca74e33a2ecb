//! [`roi_pool`](super::roi_pool) on the GPU.

use super::RoiPoolBackend;
use crate::ops::roi_levels::gpu::{CHANNELS, CellPooling, pool};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use cubecl::prelude::*;

/// Rounds halves away from zero, as C does; WGSL's own `round` takes them to even.
#[cube]
fn round(value: f32) -> f32 {
    select(value < 0.0f32, -f32::floor(0.5f32 - value), f32::floor(value + 0.5f32))
}

#[cube]
fn clip(cell: f32, length: usize) -> usize {
    usize::cast_from(u32::cast_from(clamp(cell, 0.0f32, f32::cast_from(length))))
}

/// The maximum of one cell in each channel.
#[cube]
pub(in crate::ops) fn cell_max<F: Float>(
    features: &Tensor<F>,
    boxes: &Tensor<f32>,
    region: usize,
    first_channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
    maxima: &mut Array<f32>,
) {
    let height = features.shape(2);
    let width = features.shape(3);
    let left = round(boxes[region * 4] * scale);
    let top = round(boxes[region * 4 + 1] * scale);
    let part_width = f32::max(round(boxes[region * 4 + 2] * scale) - left + 1.0f32, 1.0f32) / f32::cast_from(size);
    let part_height = f32::max(round(boxes[region * 4 + 3] * scale) - top + 1.0f32, 1.0f32) / f32::cast_from(size);
    let first_row = clip(f32::floor(f32::cast_from(row) * part_height) + top, height);
    let end_row = clip(f32::ceil(f32::cast_from(row + 1) * part_height) + top, height);
    let first_column = clip(f32::floor(f32::cast_from(column) * part_width) + left, width);
    let end_column = clip(f32::ceil(f32::cast_from(column + 1) * part_width) + left, width);
    let last_channel = features.shape(1) - 1;
    let is_empty = end_row <= first_row || end_column <= first_column;
    #[unroll]
    for channel in 0..CHANNELS {
        let start = usize::min(first_channel + channel, last_channel) * height * width;
        let mut best = select(is_empty, 0.0f32, -3.0e38f32);
        for y in first_row..end_row {
            for x in first_column..end_column {
                best = f32::max(best, f32::cast_from(features[start + y * width + x]));
            }
        }
        maxima[channel] = best;
    }
}

impl RoiPoolBackend for CubeBackend {
    fn roi_pool(
        p2: CubeTensor,
        p3: CubeTensor,
        p4: CubeTensor,
        p5: CubeTensor,
        boxes: CubeTensor,
        scales: [f32; 4],
        size: usize,
    ) -> CubeTensor {
        pool([p2, p3, p4, p5], boxes, scales, size, CellPooling::Max)
    }
}
