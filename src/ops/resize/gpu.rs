//! [`resize`](crate::ops::resize::resize()) on the GPU: one thread per value of the network's input.
//!
//! The kernel is compiled once for each type of samples: for 8 bits while the model loads, for the others with the
//! first such image.

use crate::image::{Curve, Curves, SampleFormat};
use crate::ops::gpu::workgroup::WORKGROUP;
use crate::ops::resize::{Neighbours, ResizeBackend, ResizeBand};
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// The tensors that the output is computed from.
#[derive(CubeType, CubeLaunch)]
struct Inputs {
    samples: OwnedTensor<i32>,
    /// See [`rows`].
    curves: OwnedTensor<f32>,
    /// See [`table`].
    columns: OwnedTensor<f32>,
    /// See [`table`].
    lines: OwnedTensor<f32>,
}

/// The band of the image that `samples` holds.
#[derive(CubeType, CubeLaunch)]
struct Source {
    /// Pixels from the start of one row to that of the next.
    row_pixels: u32,
    /// Samples per plane; 1 for 8 bits.
    plane_length: u32,
}

/// Where an input's curve starts in `curves`, and its plane in `samples`; for 8 bits, which byte of the pixel's word
/// is its sample.
#[derive(CubeType)]
struct Place {
    curve: usize,
    plane: u32,
}

/// The value of a pixel of the band for an input.
#[cube]
fn value(inputs: &Inputs, place: &Place, pixel: usize, #[comptime] format: SampleFormat) -> f32 {
    let samples = &inputs.samples;
    let curves = &inputs.curves;
    let curve = place.curve;
    let plane = place.plane;
    match comptime!(format) {
        SampleFormat::U8 => {
            let byte = (u32::cast_from(samples[pixel]) >> (plane * 8u32)) & 255u32;
            curves[curve + usize::cast_from(byte)]
        }
        SampleFormat::U16 => {
            let sample = usize::cast_from(plane) + pixel;
            let word = u32::cast_from(samples[sample / 2]);
            let half = (word >> (u32::cast_from(sample % 2) * 16u32)) & 65535u32;
            affine(curves, curve, f32::cast_from(half))
        }
        SampleFormat::F32 => affine(curves, curve, f32::reinterpret(samples[usize::cast_from(plane) + pixel])),
    }
}

/// [`Curve::apply`].
#[cube]
fn affine(curves: &Tensor<f32>, curve: usize, sample: f32) -> f32 {
    let black = curves[curve];
    let white = curves[curve + 1];
    (sample.clamp(black, white) - black) * curves[curve + 2] + curves[curve + 3]
}

#[cube(launch)]
fn resize_kernel(inputs: &Inputs, output: &mut Tensor<f32>, source: &Source, #[comptime] format: SampleFormat) {
    let columns = &inputs.columns;
    let lines = &inputs.lines;
    let curves = &inputs.curves;
    let height = output.shape(2);
    let width = output.shape(3);
    let index = ABSOLUTE_POS;
    if index >= 3 * height * width {
        terminate!();
    }
    let column = index % width;
    let row = index / width % height;
    let input = index / (width * height);
    let mut result = 0.0f32;
    if row < lines.shape(0) && column < columns.shape(0) {
        let upper = usize::cast_from(u32::cast_from(lines[row * 3]) * source.row_pixels);
        let lower = usize::cast_from(u32::cast_from(lines[row * 3 + 1]) * source.row_pixels);
        let dy = lines[row * 3 + 2];
        let left = usize::cast_from(columns[column * 3]);
        let right = usize::cast_from(columns[column * 3 + 1]);
        let dx = columns[column * 3 + 2];
        let curve = input * curves.shape(1);
        let plane = u32::cast_from(curves[curve]) * source.plane_length;
        let place = Place { curve: curve + 1, plane };
        result = (1.0f32 - dy)
            * ((1.0f32 - dx) * value(inputs, &place, upper + left, format)
                + dx * value(inputs, &place, upper + right, format))
            + dy * ((1.0f32 - dx) * value(inputs, &place, lower + left, format)
                + dx * value(inputs, &place, lower + right, format));
    }
    output[index] = result;
}

impl ResizeBackend for CubeBackend {
    fn resize(samples: CubeTensor, band: ResizeBand, curves: Curves) -> CubeTensor {
        let samples = into_contiguous(samples);
        let client = samples.client.clone();
        let upload = |values: &[f32], row: usize| {
            let handle = client.create_from_slice(f32::as_bytes(values));
            let shape = Shape::new([values.len() / row, row]);
            CubeTensor::new_contiguous(client.clone(), samples.device.clone(), shape, handle, DType::F32)
        };
        let curves = rows(&band, &curves);
        let curves = upload(&curves, curves.len() / 3);
        let resized_rows = band.rows.min(band.resized.0 - band.first_row);
        let lines = band.first_row..band.first_row + resized_rows;
        let columns = upload(&table(0..band.resized.1, band.source.1, band.pixel_ratio.1, 0), 3);
        let lines = upload(&table(lines, band.source.0, band.pixel_ratio.0, band.first_source_row), 3);
        let plane_length = match band.packing.format {
            SampleFormat::U8 => 1,
            SampleFormat::U16 | SampleFormat::F32 => band.packing.rows * band.packing.row_samples,
        };
        let shape = Shape::new([1, 3, band.rows, band.padded_width]);
        let elements = shape.num_elements();
        let output = empty_device_dtype(client.clone(), samples.device.clone(), shape, DType::F32);
        resize_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, elements, WORKGROUP),
            WORKGROUP,
            InputsLaunch::new(
                samples.into_tensor_arg(),
                curves.into_tensor_arg(),
                columns.into_tensor_arg(),
                lines.into_tensor_arg(),
            ),
            output.clone().into_tensor_arg(),
            SourceLaunch::new(band.packing.row_samples as u32, plane_length as u32),
            band.packing.format,
        );
        output
    }
}

/// A row for each input: which byte of a word or which plane it is, then the curve.
fn rows(band: &ResizeBand, curves: &Curves) -> Vec<f32> {
    let inputs = band.packing.inputs;
    let row = |input: usize| match curves {
        Curves::Table(tables) => [&[inputs[input] as f32], &tables[input][..]].concat(),
        Curves::Affine(curves) => {
            let Curve { black, white, scale, offset } = curves[input];
            vec![inputs[input] as f32, black, white, scale, offset]
        }
    };
    (0..inputs.len()).flat_map(row).collect()
}

/// Lower neighbour, higher neighbour and weight of each output pixel; GPUs have no f64 to find them in.
fn table(pixels: core::ops::Range<usize>, source: usize, ratio: f32, first_source: usize) -> Vec<f32> {
    pixels
        .flat_map(|pixel| {
            let Neighbours { low, high, weight } = Neighbours::of(pixel, source, ratio);
            [(low - first_source) as f32, (high - first_source) as f32, weight]
        })
        .collect()
}
