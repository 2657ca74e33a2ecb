//! Pooling of regions on the GPU, each from its own level: a thread makes a cell in several channels,
//! which are sampled at the same places; one dispatch for all levels.

use super::LEVEL_SIDES;
use crate::ops::ABSENT;
use crate::ops::roi_align::gpu::cell_mean;
use crate::ops::roi_pool::gpu::cell_max;
use crate::ops::workgroup::{WORKGROUP, float_of};
use burn::tensor::Shape;
use burn_cubecl::{kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Channels that a thread makes its cell in.
pub(in crate::ops) const CHANNELS: usize = 4;

/// What becomes of the features in a cell of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ops) enum CellPooling {
    /// [`roi_align`](crate::ops::roi_align::roi_align), with the arguments that it has.
    Mean { sampling_ratio: usize, aligned: bool },
    /// [`roi_pool`](crate::ops::roi_pool::roi_pool).
    Max,
}

#[cube]
fn cell<F: Float>(
    features: &Tensor<F>,
    boxes: &Tensor<f32>,
    region: usize,
    first_channel: usize,
    row: usize,
    column: usize,
    scale: f32,
    size: usize,
    values: &mut Array<f32>,
    #[comptime] pooling: CellPooling,
) {
    match comptime!(pooling) {
        CellPooling::Mean { sampling_ratio, aligned } => {
            cell_mean(features, boxes, region, first_channel, row, column, scale, size, values, sampling_ratio, aligned)
        }
        CellPooling::Max => cell_max(features, boxes, region, first_channel, row, column, scale, size, values),
    }
}

#[cube(launch)]
fn pool_kernel<F: Float>(
    p2: &Tensor<F>,
    p3: &Tensor<F>,
    p4: &Tensor<F>,
    p5: &Tensor<F>,
    boxes: &Tensor<f32>,
    output: &mut Tensor<F>,
    scale2: f32,
    scale3: f32,
    scale4: f32,
    scale5: f32,
    #[comptime] pooling: CellPooling,
    #[define(F)] _float: ElemType,
) {
    let channels = output.shape(1);
    let size = output.shape(2);
    let groups = channels.div_ceil(CHANNELS);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * groups * size * size {
        terminate!();
    }
    let column = position % size;
    let row = position / size % size;
    let first_channel = position / (size * size) % groups * CHANNELS;
    let region = position / (size * size * groups);
    if boxes[region * 4] <= ABSENT {
        terminate!();
    }
    let area = (boxes[region * 4 + 2] - boxes[region * 4]) * (boxes[region * 4 + 3] - boxes[region * 4 + 1]);
    let side = f32::sqrt(area) * (4.0f32 * scale2);
    let mut values = Array::<f32>::new(CHANNELS);
    if side >= LEVEL_SIDES[2] {
        cell(p5, boxes, region, first_channel, row, column, scale5, size, &mut values, pooling);
    } else if side >= LEVEL_SIDES[1] {
        cell(p4, boxes, region, first_channel, row, column, scale4, size, &mut values, pooling);
    } else if side >= LEVEL_SIDES[0] {
        cell(p3, boxes, region, first_channel, row, column, scale3, size, &mut values, pooling);
    } else {
        cell(p2, boxes, region, first_channel, row, column, scale2, size, &mut values, pooling);
    }
    #[unroll]
    for channel in 0..CHANNELS {
        if first_channel + channel < channels {
            output[((region * channels + first_channel + channel) * size + row) * size + column] =
                F::cast_from(values[channel]);
        }
    }
}

/// Pools each box from its level: `levels` are P2 to P5, and the rest is as in
/// [`roi_align`](crate::ops::roi_align::roi_align). Of a box whose sides are [`ABSENT`] nothing is made.
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
    let (n, channels) = (boxes.meta.shape()[0], p2.meta.shape()[1]);
    let shape = Shape::new([n, channels, size, size]);
    let threads = n * channels.div_ceil(CHANNELS) * size * size;
    let output = empty_device_dtype(client.clone(), p2.device.clone(), shape, p2.dtype);
    let float = float_of(&p2);
    pool_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, threads, WORKGROUP),
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
        float,
    );
    output
}
