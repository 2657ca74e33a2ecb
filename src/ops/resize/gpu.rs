//! [`resize`](super::resize) on the GPU: one thread a value of the network's input.

use super::{ResizeBackend, ResizeGeometry, source_position};
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// One channel of a pixel, normalised.
#[cube]
fn colour(pixels: &Tensor<i32>, position: usize, channel: usize, mean: f32, std: f32) -> f32 {
    let byte = (u32::cast_from(pixels[position]) >> (u32::cast_from(channel) * 8u32)) & 255u32;
    (f32::cast_from(byte) / 255.0f32 - mean) / std
}

/// `rows` and `columns` are where the output's lie in the source.
#[cube(launch)]
fn resize_kernel(
    pixels: &Tensor<i32>,
    rows: &Tensor<f32>,
    columns: &Tensor<f32>,
    colours: &Tensor<f32>,
    output: &mut Tensor<f32>,
    source_height: u32,
    source_width: u32,
    first_source_row: u32,
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
    if row < rows.shape(0) && column < columns.shape(0) {
        let y = rows[row];
        let x = columns[column];
        let top = u32::min(u32::cast_from(y), source_height - 1u32);
        let left = u32::min(u32::cast_from(x), source_width - 1u32);
        let bottom = u32::min(top + 1u32, source_height - 1u32);
        let right = u32::min(left + 1u32, source_width - 1u32);
        let dy = y - f32::cast_from(top);
        let dx = x - f32::cast_from(left);
        let upper = usize::cast_from((top - first_source_row) * source_width);
        let lower = usize::cast_from((bottom - first_source_row) * source_width);
        let mean = colours[channel];
        let std = colours[channel + 3];
        let left = usize::cast_from(left);
        let right = usize::cast_from(right);
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
        let (client, device) = (pixels.client.clone(), pixels.device.clone());
        let upload = |values: &[f32]| {
            let handle = client.create_from_slice(f32::as_bytes(values));
            CubeTensor::new_contiguous(client.clone(), device.clone(), Shape::new([values.len()]), handle, DType::F32)
        };
        let ((source_height, source_width), (resized_height, resized_width)) = (geometry.source, geometry.resized);
        let ratio = source_height as f32 / resized_height as f32;
        let end_row = (first_row + rows).min(resized_height);
        let row_positions: Vec<f32> = (first_row..end_row).map(|row| source_position(row, ratio)).collect();
        let ratio = source_width as f32 / resized_width as f32;
        let column_positions: Vec<f32> = (0..resized_width).map(|column| source_position(column, ratio)).collect();

        let shape = Shape::new([1, 3, rows, geometry.padded_width]);
        let elements = shape.num_elements();
        let output = empty_device_dtype(client.clone(), device.clone(), shape, DType::F32);
        let dim = CubeDim::new(&client, elements);
        resize_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, elements, dim),
            dim,
            pixels.into_tensor_arg(),
            upload(&row_positions).into_tensor_arg(),
            upload(&column_positions).into_tensor_arg(),
            upload(&[geometry.mean, geometry.std].concat()).into_tensor_arg(),
            output.clone().into_tensor_arg(),
            source_height as u32,
            source_width as u32,
            first_source_row as u32,
        );
        output
    }
}
