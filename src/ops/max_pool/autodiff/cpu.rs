//! The gradient of [`max_pool`](super::super::max_pool) on the CPU.

use super::MaxPoolGradient;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};
use rayon::prelude::*;

impl MaxPoolGradient for Flex {
    fn max_pool_gradient(input: FlexTensor, output: FlexTensor, gradient: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = input.layout().shape().dims();
        let out_width = output.layout().shape()[3];
        let out_cells = output.layout().shape()[2] * out_width;
        let [input, output, gradient] = [input, output, gradient].map(|tensor| tensor.to_contiguous());
        let [input, output, gradient] =
            [&input, &output, &gradient].map(|tensor| tensor.as_slice::<f32>().unwrap_or_default());
        let mut found = vec![0.0; input.len()];
        let planes = found.par_chunks_exact_mut(height * width).zip(input.par_chunks_exact(height * width));
        let pooled = output.par_chunks_exact(out_cells).zip(gradient.par_chunks_exact(out_cells));
        planes.zip(pooled).for_each(|((found, input), (output, gradient))| {
            for (cell, (&most, &share)) in output.iter().zip(gradient).enumerate() {
                if let Some(position) = first_maximum(input, width, cell / out_width, cell % out_width, most) {
                    found[position] += share;
                }
            }
        });
        FlexTensor::from_data(TensorData::new(found, [n, channels, height, width]))
    }
}

/// Where in the window of an output cell its maximum is.
fn first_maximum(plane: &[f32], width: usize, row: usize, column: usize, most: f32) -> Option<usize> {
    let height = plane.len() / width;
    let columns = (column * 2).saturating_sub(1)..(column * 2 + 2).min(width);
    ((row * 2).saturating_sub(1)..(row * 2 + 2).min(height)).find_map(|y| {
        let line = y * width;
        let within = plane[line + columns.start..line + columns.end].iter().position(|&value| value == most)?;
        Some(line + columns.start + within)
    })
}
