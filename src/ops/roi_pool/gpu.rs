//! [`roi_pool`](super::roi_pool) on the GPU: one thread an output value.

use super::RoiPoolBackend;
use crate::ops::roi_levels::LEVEL_SIDES;
use crate::ops::workgroup::WORKGROUP;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Rounds halves away from zero, as C does; WGSL's own `round` takes them to even.
#[cube]
fn round(value: f32) -> f32 {
    select(value < 0.0f32, -f32::floor(0.5f32 - value), f32::floor(value + 0.5f32))
}

#[cube]
fn clip(cell: f32, length: usize) -> usize {
    usize::cast_from(u32::cast_from(clamp(cell, 0.0f32, f32::cast_from(length))))
}

/// The maximum of one part.
#[cube]
fn part_max(
    features: &Tensor<f32>,
    boxes: &Tensor<f32>,
    region: usize,
    channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
) -> f32 {
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
    let start = channel * height * width;
    let is_empty = end_row <= first_row || end_column <= first_column;
    let mut best = select(is_empty, 0.0f32, -3.0e38f32);
    for y in first_row..end_row {
        for x in first_column..end_column {
            best = f32::max(best, features[start + y * width + x]);
        }
    }
    best
}

#[cube(launch)]
fn roi_pool_kernel(
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
        part_max(p5, boxes, region, channel, row, column, scale5, size)
    } else if side >= LEVEL_SIDES[1] {
        part_max(p4, boxes, region, channel, row, column, scale4, size)
    } else if side >= LEVEL_SIDES[0] {
        part_max(p3, boxes, region, channel, row, column, scale3, size)
    } else {
        part_max(p2, boxes, region, channel, row, column, scale2, size)
    };
    output[position] = value;
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
        let [p2, p3, p4, p5, boxes] = [p2, p3, p4, p5, boxes].map(into_contiguous);
        let client = p2.client.clone();
        let shape = Shape::new([boxes.meta.shape()[0], p2.meta.shape()[1], size, size]);
        let elements = shape.num_elements();
        let output = empty_device_dtype(client.clone(), p2.device.clone(), shape, p2.dtype);
        roi_pool_kernel::launch(
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
        );
        output
    }
}
