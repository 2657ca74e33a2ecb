//! [`roi_align`](super::roi_align) on the GPU.

use super::RoiAlignBackend;
use crate::ops::roi_levels::gpu::{CHANNELS, CellPooling, pool};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use cubecl::prelude::*;

/// Adds one bilinear sample of each channel; 0 outside, as `roi_align_kernel.cu` in torchvision has it.
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

/// How many samples a cell has along a side of this length.
#[cube]
fn samples(length: f32, #[comptime] sampling_ratio: usize) -> u32 {
    if comptime!(sampling_ratio == 0) {
        u32::cast_from(length.ceil())
    } else {
        comptime!(sampling_ratio as u32).runtime()
    }
}

/// The mean of the samples of one cell in each channel.
#[cube]
pub(in crate::ops) fn cell_mean<F: Float>(
    features: &Tensor<F>,
    boxes: &Tensor<f32>,
    region: usize,
    first_channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
    means: &mut Array<f32>,
    #[comptime] sampling_ratio: usize,
    #[comptime] aligned: bool,
) {
    let (shift, shortest) = comptime!(if aligned { (0.5f32, 0.0f32) } else { (0.0f32, 1.0f32) });
    let left = boxes[region * 4] * scale - shift;
    let top = boxes[region * 4 + 1] * scale - shift;
    let width = f32::max(boxes[region * 4 + 2] * scale - shift - left, shortest) / f32::cast_from(size);
    let height = f32::max(boxes[region * 4 + 3] * scale - shift - top, shortest) / f32::cast_from(size);
    let columns = samples(width, sampling_ratio);
    let rows = samples(height, sampling_ratio);
    #[unroll]
    for channel in 0..CHANNELS {
        means[channel] = 0.0f32;
    }
    for sample_y in 0..rows {
        for sample_x in 0..columns {
            let down = (f32::cast_from(sample_y) + 0.5f32) * height / f32::cast_from(rows);
            let across = (f32::cast_from(sample_x) + 0.5f32) * width / f32::cast_from(columns);
            let y = top + f32::cast_from(row) * height + down;
            let x = left + f32::cast_from(column) * width + across;
            add_sample(features, first_channel, y, x, means);
        }
    }
    let count = f32::max(f32::cast_from(rows * columns), 1.0f32);
    #[unroll]
    for channel in 0..CHANNELS {
        means[channel] /= count;
    }
}

impl RoiAlignBackend for CubeBackend {
    fn roi_align(
        p2: CubeTensor,
        p3: CubeTensor,
        p4: CubeTensor,
        p5: CubeTensor,
        boxes: CubeTensor,
        scales: [f32; 4],
        size: usize,
        sampling_ratio: usize,
        aligned: bool,
    ) -> CubeTensor {
        pool([p2, p3, p4, p5], boxes, scales, size, CellPooling::Mean { sampling_ratio, aligned })
    }
}
