//! RoIAlign on the GPU.

use super::{CHANNELS, Cell, Level};
use crate::ops::roi_pooling::Sampling;
use cubecl::prelude::*;

/// Adds one bilinear sample of each channel; 0 outside, as `roi_align_kernel.cu` in torchvision does.
#[cube]
fn add_sample<F: Float>(features: &Tensor<F>, first_channel: usize, y: f32, x: f32, sums: &mut Array<f32>) {
    let channels = features.shape(1);
    let height = features.shape(2);
    let width = features.shape(3);
    let inside = y >= -1.0f32 && y <= f32::cast_from(height) && x >= -1.0f32 && x <= f32::cast_from(width);
    let y = clamp(y, 0.0f32, f32::cast_from(height - 1));
    let x = clamp(x, 0.0f32, f32::cast_from(width - 1));
    let y0 = usize::cast_from(u32::cast_from(y.floor()));
    let x0 = usize::cast_from(u32::cast_from(x.floor()));
    let y1 = select(y0 + 1 < height, y0 + 1, y0);
    let x1 = select(x0 + 1 < width, x0 + 1, x0);
    let dy = y - f32::cast_from(y0);
    let dx = x - f32::cast_from(x0);
    #[unroll]
    for channel in 0..CHANNELS {
        let start = usize::min(first_channel + channel, channels - 1) * height * width;
        let value = (1.0f32 - dy) * (1.0f32 - dx) * f32::cast_from(features[start + y0 * width + x0])
            + (1.0f32 - dy) * dx * f32::cast_from(features[start + y0 * width + x1])
            + dy * (1.0f32 - dx) * f32::cast_from(features[start + y1 * width + x0])
            + dy * dx * f32::cast_from(features[start + y1 * width + x1]);
        sums[channel] += select(inside, value, 0.0f32);
    }
}

/// Number of samples along a side of a cell of this length.
#[cube]
fn samples(length: f32, #[comptime] ratio: usize) -> u32 {
    if comptime!(ratio == 0) { u32::cast_from(length.ceil()) } else { comptime!(ratio as u32).runtime() }
}

/// The mean of the samples of one cell in each channel.
#[cube]
pub(super) fn cell_mean<F: Float>(
    level: &Level<F>,
    boxes: &Tensor<f32>,
    cell: &Cell,
    means: &mut Array<f32>,
    #[comptime] sampling: Sampling,
) {
    let (shift, min_side) = comptime!(if sampling.aligned { (0.5f32, 0.0f32) } else { (0.0f32, 1.0f32) });
    let corner = cell.region * 4;
    let scale = level.scale;
    let left = boxes[corner] * scale - shift;
    let top = boxes[corner + 1] * scale - shift;
    let width = f32::max(boxes[corner + 2] * scale - shift - left, min_side) / f32::cast_from(cell.size);
    let height = f32::max(boxes[corner + 3] * scale - shift - top, min_side) / f32::cast_from(cell.size);
    let columns = samples(width, comptime!(sampling.ratio));
    let rows = samples(height, comptime!(sampling.ratio));
    #[unroll]
    for channel in 0..CHANNELS {
        means[channel] = 0.0f32;
    }
    for sample_y in 0..rows {
        for sample_x in 0..columns {
            let down = (f32::cast_from(sample_y) + 0.5f32) * height / f32::cast_from(rows);
            let across = (f32::cast_from(sample_x) + 0.5f32) * width / f32::cast_from(columns);
            let y = top + f32::cast_from(cell.row) * height + down;
            let x = left + f32::cast_from(cell.column) * width + across;
            add_sample(&level.features, cell.first_channel, y, x, means);
        }
    }
    let count = f32::max(f32::cast_from(rows * columns), 1.0f32);
    #[unroll]
    for channel in 0..CHANNELS {
        means[channel] /= count;
    }
}
