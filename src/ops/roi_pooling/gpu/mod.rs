//! [`roi_pooling`](crate::ops::roi_pooling::roi_pooling) on the GPU: a thread makes a cell in several channels, which are
//! sampled at the same places; one dispatch for all levels.

mod align;
mod max;

use crate::ops::ABSENT;
use crate::ops::gpu::workgroup::{WORKGROUP, float_of};
use crate::ops::roi_pooling::levels::LEVEL_SIDES;
use crate::ops::roi_pooling::{Pooling, PoolingMethod, PyramidTensors, RoiPoolingBackend};
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Channels that a thread makes its cell in.
const CHANNELS: usize = 4;

/// One level: its features, `[1, channels, height, width]`, and its pixels per pixel of the resized image.
#[derive(CubeType, CubeLaunch)]
struct Level<F: Float> {
    features: OwnedTensor<F>,
    scale: f32,
}

/// The levels that regions are pooled from.
#[derive(CubeType, CubeLaunch)]
struct Pyramid<F: Float> {
    p2: Level<F>,
    p3: Level<F>,
    p4: Level<F>,
    p5: Level<F>,
}

/// What a thread makes: one of `size × size` cells of a region, in [`CHANNELS`] channels.
#[derive(CubeType)]
struct Cell {
    region: usize,
    first_channel: usize,
    row: usize,
    column: usize,
    size: usize,
}

#[cube]
fn pool<F: Float>(
    level: &Level<F>,
    boxes: &Tensor<f32>,
    cell: &Cell,
    values: &mut Array<f32>,
    #[comptime] method: PoolingMethod,
) {
    match comptime!(method) {
        PoolingMethod::Align(sampling) => align::cell_mean(level, boxes, cell, values, sampling),
        PoolingMethod::Max => max::cell_max(level, boxes, cell, values),
    }
}

#[cube(launch)]
fn pool_kernel<F: Float>(
    pyramid: &Pyramid<F>,
    boxes: &Tensor<f32>,
    output: &mut Tensor<F>,
    #[comptime] method: PoolingMethod,
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
    let side = f32::sqrt(area) * (4.0f32 * pyramid.p2.scale);
    let cell = Cell { region, first_channel, row, column, size };
    let mut values = Array::<f32>::new(CHANNELS);
    if side >= LEVEL_SIDES[2] {
        pool(&pyramid.p5, boxes, &cell, &mut values, method);
    } else if side >= LEVEL_SIDES[1] {
        pool(&pyramid.p4, boxes, &cell, &mut values, method);
    } else if side >= LEVEL_SIDES[0] {
        pool(&pyramid.p3, boxes, &cell, &mut values, method);
    } else {
        pool(&pyramid.p2, boxes, &cell, &mut values, method);
    }
    #[unroll]
    for channel in 0..CHANNELS {
        if first_channel + channel < channels {
            output[((region * channels + first_channel + channel) * size + row) * size + column] =
                F::cast_from(values[channel]);
        }
    }
}

impl RoiPoolingBackend for CubeBackend {
    fn roi_pooling(pyramid: PyramidTensors<Self>, boxes: CubeTensor, pooling: Pooling) -> CubeTensor {
        let PyramidTensors { p2, p3, p4, p5, scales } = pyramid;
        let [p2, p3, p4, p5] = [p2, p3, p4, p5].map(into_contiguous);
        let boxes = into_contiguous(boxes);
        let client = p2.client.clone();
        let (n, channels, size) = (boxes.meta.shape()[0], p2.meta.shape()[1], pooling.size);
        let shape = Shape::new([n, channels, size, size]);
        let threads = n * channels.div_ceil(CHANNELS) * size * size;
        let output = empty_device_dtype(client.clone(), p2.device.clone(), shape, p2.dtype);
        let float = float_of(&p2);
        let level = |features: CubeTensor, scale: f32| LevelLaunch::new(features.into_tensor_arg(), scale);
        pool_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, threads, WORKGROUP),
            WORKGROUP,
            PyramidLaunch::new(level(p2, scales[0]), level(p3, scales[1]), level(p4, scales[2]), level(p5, scales[3])),
            boxes.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            pooling.method,
            float,
        );
        output
    }
}
