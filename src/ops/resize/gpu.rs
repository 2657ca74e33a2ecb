//! [`resize`](super::resize) on the GPU: one thread a value of the network's input.

use super::{Neighbours, ResizeBackend, ResizeGeometry};
use crate::ops::gpu::workgroup::WORKGROUP;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// One channel of a pixel, normalised.
#[cube]
fn colour(pixels: &Tensor<i32>, position: usize, channel: usize, mean: f32, std: f32) -> f32 {
    let byte = (u32::cast_from(pixels[position]) >> (u32::cast_from(channel) * 8u32)) & 255u32;
    (f32::cast_from(byte) / 255.0f32 - mean) / std
}

#[cube(launch)]
fn resize_kernel(
    pixels: &Tensor<i32>,
    colours: &Tensor<f32>,
    columns: &Tensor<f32>,
    lines: &Tensor<f32>,
    output: &mut Tensor<f32>,
    source_width: u32,
) {
    let height = output.shape(2);
    let width = output.shape(3);
    let index = ABSOLUTE_POS;
    if index >= 3 * height * width {
        terminate!();
    }
    let column = index % width;
    let row = index / width % height;
    let channel = index / (width * height);
    let mut value = 0.0f32;
    if row < lines.shape(0) && column < columns.shape(0) {
        let upper = usize::cast_from(u32::cast_from(lines[row * 3]) * source_width);
        let lower = usize::cast_from(u32::cast_from(lines[row * 3 + 1]) * source_width);
        let dy = lines[row * 3 + 2];
        let left = usize::cast_from(columns[column * 3]);
        let right = usize::cast_from(columns[column * 3 + 1]);
        let dx = columns[column * 3 + 2];
        let mean = colours[channel];
        let std = colours[channel + 3];
        value = (1.0f32 - dy)
            * ((1.0f32 - dx) * colour(pixels, upper + left, channel, mean, std)
                + dx * colour(pixels, upper + right, channel, mean, std))
            + dy * ((1.0f32 - dx) * colour(pixels, lower + left, channel, mean, std)
                + dx * colour(pixels, lower + right, channel, mean, std));
    }
    output[index] = value;
}

impl ResizeBackend for CubeBackend {
    fn resize(
        pixels: CubeTensor,
        geometry: ResizeGeometry,
        first_source_row: usize,
        first_row: usize,
        rows: usize,
    ) -> CubeTensor {
        let pixels = into_contiguous(pixels);
        let client = pixels.client.clone();
        let upload = |values: &[f32], shape: Shape| {
            let handle = client.create_from_slice(f32::as_bytes(values));
            CubeTensor::new_contiguous(client.clone(), pixels.device.clone(), shape, handle, DType::F32)
        };
        let colours = upload(&[geometry.mean, geometry.std].concat(), Shape::new([6]));
        let resized_rows = rows.min(geometry.resized.0 - first_row);
        let columns = table(0..geometry.resized.1, geometry.source.1, geometry.resized.1, 0);
        let lines = table(first_row..first_row + resized_rows, geometry.source.0, geometry.resized.0, first_source_row);
        let columns = upload(&columns, Shape::new([geometry.resized.1, 3]));
        let lines = upload(&lines, Shape::new([resized_rows, 3]));
        let shape = Shape::new([1, 3, rows, geometry.padded_width]);
        let elements = shape.num_elements();
        let output = empty_device_dtype(client.clone(), pixels.device.clone(), shape, DType::F32);
        resize_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, elements, WORKGROUP),
            WORKGROUP,
            pixels.into_tensor_arg(),
            colours.into_tensor_arg(),
            columns.into_tensor_arg(),
            lines.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            geometry.source.1 as u32,
        );
        output
    }
}

/// Lower neighbour, higher neighbour and weight of each output pixel; GPUs have no f64 to find them in.
fn table(pixels: core::ops::Range<usize>, source: usize, resized: usize, first_source: usize) -> Vec<f32> {
    pixels
        .flat_map(|pixel| {
            let Neighbours { low, high, weight } = Neighbours::of(pixel, source, resized);
            [(low - first_source) as f32, (high - first_source) as f32, weight]
        })
        .collect()
}
