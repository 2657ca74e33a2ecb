//! [`roi_align`](super::roi_align) on the GPU: one thread an output value, one dispatch for all levels.

use super::RoiAlignBackend;
use crate::ops::roi_levels::LEVEL_SIDES;
use crate::ops::workgroup::WORKGROUP;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// One bilinear sample of a channel; 0 outside, as `roi_align_kernel.cu` in torchvision has it.
#[cube]
fn sample(features: &Tensor<f32>, start: usize, y: f32, x: f32) -> f32 {
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
    let value = (1.0f32 - dy) * (1.0f32 - dx) * features[start + y0 * width + x0]
        + (1.0f32 - dy) * dx * features[start + y0 * width + x1]
        + dy * (1.0f32 - dx) * features[start + y1 * width + x0]
        + dy * dx * features[start + y1 * width + x1];
    select(inside, value, 0.0f32)
}

/// The mean of the samples of one cell.
#[cube]
fn cell_mean(
    features: &Tensor<f32>,
    boxes: &Tensor<f32>,
    region: usize,
    channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
    #[comptime] sampling_ratio: u32,
    #[comptime] aligned: bool,
) -> f32 {
    if comptime![sampling_ratio == 0] {
        adaptive_mean(features, boxes, region, channel, row, column, scale, size, aligned)
    } else {
        fixed_mean(features, boxes, region, channel, row, column, scale, size, sampling_ratio, aligned)
    }
}

/// That of as many samples as the cell has pixels.
#[cube]
fn adaptive_mean(
    features: &Tensor<f32>,
    boxes: &Tensor<f32>,
    region: usize,
    channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
    #[comptime] aligned: bool,
) -> f32 {
    let (shift, shortest) = comptime!(if aligned { (0.5f32, 0.0f32) } else { (0.0f32, 1.0f32) });
    let left = boxes[region * 4] * scale - shift;
    let top = boxes[region * 4 + 1] * scale - shift;
    let width = f32::max(boxes[region * 4 + 2] * scale - shift - left, shortest) / f32::cast_from(size);
    let height = f32::max(boxes[region * 4 + 3] * scale - shift - top, shortest) / f32::cast_from(size);
    let start = channel * features.shape(2) * features.shape(3);
    let columns = u32::cast_from(width.ceil());
    let rows = u32::cast_from(height.ceil());
    let mut sum = 0.0f32;
    for sample_y in 0..rows {
        for sample_x in 0..columns {
            let down = (f32::cast_from(sample_y) + 0.5f32) * height / f32::cast_from(rows);
            let across = (f32::cast_from(sample_x) + 0.5f32) * width / f32::cast_from(columns);
            let y = top + f32::cast_from(row) * height + down;
            let x = left + f32::cast_from(column) * width + across;
            sum += sample(features, start, y, x);
        }
    }
    sum / f32::max(f32::cast_from(rows * columns), 1.0f32)
}

/// That of so many samples a side.
#[cube]
fn fixed_mean(
    features: &Tensor<f32>,
    boxes: &Tensor<f32>,
    region: usize,
    channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
    #[comptime] sampling_ratio: u32,
    #[comptime] aligned: bool,
) -> f32 {
    let (shift, shortest) = comptime!(if aligned { (0.5f32, 0.0f32) } else { (0.0f32, 1.0f32) });
    let left = boxes[region * 4] * scale - shift;
    let top = boxes[region * 4 + 1] * scale - shift;
    let width = f32::max(boxes[region * 4 + 2] * scale - shift - left, shortest) / f32::cast_from(size);
    let height = f32::max(boxes[region * 4 + 3] * scale - shift - top, shortest) / f32::cast_from(size);
    let start = channel * features.shape(2) * features.shape(3);
    let ratio = f32::cast_from(sampling_ratio);
    let mut sum = 0.0f32;
    for sample_y in 0..sampling_ratio {
        for sample_x in 0..sampling_ratio {
            let y = top + f32::cast_from(row) * height + (f32::cast_from(sample_y) + 0.5f32) * height / ratio;
            let x = left + f32::cast_from(column) * width + (f32::cast_from(sample_x) + 0.5f32) * width / ratio;
            sum += sample(features, start, y, x);
        }
    }
    sum / (ratio * ratio)
}

#[cube(launch)]
fn roi_align_kernel(
    p2: &Tensor<f32>,
    p3: &Tensor<f32>,
    p4: &Tensor<f32>,
    p5: &Tensor<f32>,
    boxes: &Tensor<f32>,
    output: &mut Tensor<f32>,
    scale2: f32,
    scale3: f32,
    scale4: f32,
    scale5: f32,
    #[comptime] sampling_ratio: u32,
    #[comptime] aligned: bool,
) {
    let channels = output.shape(1);
    let size = output.shape(2);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * channels * size * size {
        terminate!();
    }
    let column = position % size;
    let row = position / size % size;
    let channel = position / (size * size) % channels;
    let region = position / (size * size * channels);
    let area = (boxes[region * 4 + 2] - boxes[region * 4]) * (boxes[region * 4 + 3] - boxes[region * 4 + 1]);
    let side = f32::sqrt(area) * (4.0f32 * scale2);
    let value = if side >= LEVEL_SIDES[2] {
        cell_mean(p5, boxes, region, channel, row, column, scale5, size, sampling_ratio, aligned)
    } else if side >= LEVEL_SIDES[1] {
        cell_mean(p4, boxes, region, channel, row, column, scale4, size, sampling_ratio, aligned)
    } else if side >= LEVEL_SIDES[0] {
        cell_mean(p3, boxes, region, channel, row, column, scale3, size, sampling_ratio, aligned)
    } else {
        cell_mean(p2, boxes, region, channel, row, column, scale2, size, sampling_ratio, aligned)
    };
    output[position] = value;
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
        let [p2, p3, p4, p5, boxes] = [p2, p3, p4, p5, boxes].map(into_contiguous);
        let client = p2.client.clone();
        let shape = Shape::new([boxes.meta.shape()[0], p2.meta.shape()[1], size, size]);
        let elements = shape.num_elements();
        let output = empty_device_dtype(client.clone(), p2.device.clone(), shape, p2.dtype);
        roi_align_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, elements, WORKGROUP),
            WORKGROUP,
            p2.into_tensor_arg(),
            p3.into_tensor_arg(),
            p4.into_tensor_arg(),
            p5.into_tensor_arg(),
            boxes.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            scales[0],
            scales[1],
            scales[2],
            scales[3],
            sampling_ratio as u32,
            aligned,
        );
        output
    }
}
