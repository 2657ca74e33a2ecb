//! [`resize`](crate::ops::resize::resize()) on the CPU.

use crate::image::{Curves, SampleFormat};
use crate::ops::resize::{Neighbours, ResizeBackend, ResizeBand};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl ResizeBackend for Flex {
    fn resize(samples: FlexTensor, band: ResizeBand, curves: Curves) -> FlexTensor {
        let bytes = samples.bytes();
        let inputs = band.packing.inputs;
        let output = match (&curves, band.packing.format) {
            (Curves::Table(tables), _) => {
                let pixels = bytes.as_chunks::<4>().0;
                interpolate(
                    &band,
                    |_, row| band.line(pixels, row),
                    |input, pixel| tables[input][usize::from(pixel[inputs[input]])],
                )
            }
            (Curves::Affine(curves), SampleFormat::U16) => {
                let samples = bytes.as_chunks::<2>().0;
                interpolate(
                    &band,
                    |input, row| band.line(samples, inputs[input] * band.packing.rows + row),
                    |input, sample| curves[input].apply(f32::from(u16::from_ne_bytes(sample))),
                )
            }
            (Curves::Affine(curves), _) => {
                let samples = bytes.as_chunks::<4>().0;
                interpolate(
                    &band,
                    |input, row| band.line(samples, inputs[input] * band.packing.rows + row),
                    |input, sample| curves[input].apply(f32::from_ne_bytes(sample)),
                )
            }
        };
        FlexTensor::from_data(TensorData::new(output, [1, 3, band.rows, band.padded_width]))
    }
}

impl ResizeBand {
    /// A line of the samples, as wide as the image.
    fn line<'a, T>(&self, samples: &'a [T], line: usize) -> &'a [T] {
        &samples[line * self.packing.row_samples..][..self.source.1]
    }
}

/// The output, from what `line` gives of a row of the samples for an input and what `value` makes of that input's
/// samples.
fn interpolate<'a, T: Copy + 'a>(
    band: &ResizeBand,
    line: impl Fn(usize, usize) -> &'a [T],
    value: impl Fn(usize, T) -> f32,
) -> Vec<f32> {
    let (source_height, source_width) = band.source;
    let (resized_height, resized_width) = band.resized;
    let columns: Vec<Neighbours> =
        (0..resized_width).map(|column| Neighbours::of(column, source_width, band.pixel_ratio.1)).collect();
    let plane = band.rows * band.padded_width;
    let mut output = vec![0.0f32; 3 * plane];
    for (input, output) in output.chunks_exact_mut(plane).enumerate() {
        // Lines of the image in the output's columns. The next row of the output needs them again, unless the image
        // is shrunk by more than two.
        let mut upper = Line { row: usize::MAX, values: vec![0.0; resized_width] };
        let mut lower = upper.clone();
        for row in 0..band.rows.min(resized_height - band.first_row) {
            let rows = Neighbours::of(band.first_row + row, source_height, band.pixel_ratio.0);
            let [top, bottom] = [rows.low, rows.high].map(|row| row - band.first_source_row);
            if lower.row == top {
                core::mem::swap(&mut upper, &mut lower);
            }
            for (line_of, row) in [(&mut upper, top), (&mut lower, bottom)] {
                line_of.become_row(row, line(input, row), &columns, |sample| value(input, sample));
            }
            let values = upper.values.iter().zip(&lower.values);
            for (output, (upper, lower)) in output[row * band.padded_width..].iter_mut().zip(values) {
                *output = (1.0 - rows.weight) * upper + rows.weight * lower;
            }
        }
    }
    output
}

/// A row of the image, interpolated to the output's columns.
#[derive(Clone)]
struct Line {
    row: usize,
    values: Vec<f32>,
}

impl Line {
    fn become_row<T: Copy>(&mut self, row: usize, samples: &[T], columns: &[Neighbours], value: impl Fn(T) -> f32) {
        if self.row == row {
            return;
        }
        self.row = row;
        for (output, &Neighbours { low, high, weight }) in self.values.iter_mut().zip(columns) {
            *output = (1.0 - weight) * value(samples[low]) + weight * value(samples[high]);
        }
    }
}
