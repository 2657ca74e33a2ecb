//! [`resize`](super::resize) on the GPU: one thread a value of the network's input.

use super::{ResizeBackend, ResizeGeometry};
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
    output: &mut Tensor<f32>,
    source_height: u32,
    source_width: u32,
    resized_height: u32,
    resized_width: u32,
    first_source_row: u32,
    first_row: u32,
) {
    let rows = output.shape(2);
    let columns = output.shape(3);
    let index = ABSOLUTE_POS;
    if index >= 3 * rows * columns {
        terminate!();
    }
    let column = u32::cast_from(index % columns);
    let row = u32::cast_from(index / columns % rows) + first_row;
    let channel = index / (columns * rows);
    let mut value = 0.0f32;
    if row < resized_height && column < resized_width {
        let ratio_y = f32::cast_from(source_height) / f32::cast_from(resized_height);
        let ratio_x = f32::cast_from(source_width) / f32::cast_from(resized_width);
        let y = f32::max(ratio_y * (f32::cast_from(row) + 0.5f32) - 0.5f32, 0.0f32);
        let x = f32::max(ratio_x * (f32::cast_from(column) + 0.5f32) - 0.5f32, 0.0f32);
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
        let client = pixels.client.clone();
        let [mean, std] = [geometry.mean, geometry.std];
        let colours = [mean[0], mean[1], mean[2], std[0], std[1], std[2]];
        let colours = CubeTensor::new_contiguous(
            client.clone(),
            pixels.device.clone(),
            Shape::new([6]),
            client.create_from_slice(f32::as_bytes(&colours)),
            DType::F32,
        );
        let shape = Shape::new([1, 3, rows, geometry.padded_width]);
        let elements = shape.num_elements();
        let output = empty_device_dtype(client.clone(), pixels.device.clone(), shape, DType::F32);
        let dim = CubeDim::new(&client, elements);
        resize_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, elements, dim),
            dim,
            pixels.into_tensor_arg(),
            colours.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            geometry.source.0 as u32,
            geometry.source.1 as u32,
            geometry.resized.0 as u32,
            geometry.resized.1 as u32,
            first_source_row as u32,
            first_row as u32,
        );
        output
    }
}
