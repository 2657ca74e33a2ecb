//! Pooling of regions on the GPU, each from its own level: one thread an output value, one dispatch
//! for all levels.

use super::LEVEL_SIDES;
use crate::ops::roi_align::gpu::cell_mean;
use crate::ops::roi_pool::gpu::cell_max;
use crate::ops::workgroup::WORKGROUP;
use burn::tensor::Shape;
use burn_cubecl::{kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// What becomes of the features in a cell of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ops) enum CellPooling {
    /// [`roi_align`](crate::ops::roi_align::roi_align), with the arguments that it has.
    Mean { sampling_ratio: usize, aligned: bool },
    /// [`roi_pool`](crate::ops::roi_pool::roi_pool).
    Max,
}

#[cube]
fn cell(
    features: &Tensor<f32>,
    boxes: &Tensor<f32>,
    region: usize,
    channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
    #[comptime] pooling: CellPooling,
) -> f32 {
    match comptime!(pooling) {
        CellPooling::Mean { sampling_ratio, aligned } => {
            cell_mean(features, boxes, region, channel, row, column, scale, size, sampling_ratio, aligned)
        }
        CellPooling::Max => cell_max(features, boxes, region, channel, row, column, scale, size),
    }
}

#[cube(launch)]
fn pool_kernel(
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
    #[comptime] pooling: CellPooling,
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
        cell(p5, boxes, region, channel, row, column, scale5, size, pooling)
    } else if side >= LEVEL_SIDES[1] {
        cell(p4, boxes, region, channel, row, column, scale4, size, pooling)
    } else if side >= LEVEL_SIDES[0] {
        cell(p3, boxes, region, channel, row, column, scale3, size, pooling)
    } else {
        cell(p2, boxes, region, channel, row, column, scale2, size, pooling)
    };
    output[position] = value;
}

/// Pools each box from its level: `levels` are P2 to P5, and the rest is as in
/// [`roi_align`](crate::ops::roi_align::roi_align).
pub(in crate::ops) fn pool(
    levels: [CubeTensor; 4],
    boxes: CubeTensor,
    scales: [f32; 4],
    size: usize,
    pooling: CellPooling,
) -> CubeTensor {
    let [p2, p3, p4, p5] = levels.map(into_contiguous);
    let boxes = into_contiguous(boxes);
    let client = p2.client.clone();
    let shape = Shape::new([boxes.meta.shape()[0], p2.meta.shape()[1], size, size]);
    let elements = shape.num_elements();
    let output = empty_device_dtype(client.clone(), p2.device.clone(), shape, p2.dtype);
    pool_kernel::launch(
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
        pooling,
    );
    output
}
