//! The gradient of [`max_pool`](crate::ops::max_pool::max_pool) on the CPU.

use crate::ops::autodiff::max_pool::MaxPoolGradient;
use crate::ops::cpu::max_pool::neighbours;
use crate::ops::parallel;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl MaxPoolGradient for Flex {
    fn max_pool_gradient(input: FlexTensor, output: FlexTensor, gradient: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = input.layout().shape().dims();
        let [_, _, out_height, out_width] = output.layout().shape().dims();
        let area = out_height * out_width;
        let [input, output, gradient] = [input, output, gradient].map(|tensor| tensor.to_contiguous());
        let [input, output, gradient] =
            [&input, &output, &gradient].map(|tensor| tensor.as_slice::<f32>().unwrap_or_default());
        let mut found = vec![0.0; input.len()];
        parallel::for_each_chunk(&mut found, height * width, |plane, found| {
            let input = &input[plane * height * width..][..height * width];
            let [output, gradient] = [output, gradient].map(|values| &values[plane * area..][..area]);
            let lines = output.chunks_exact(out_width).zip(gradient.chunks_exact(out_width));
            for (row, (output, gradient)) in lines.enumerate() {
                give_back(found, &Plane { values: input, width }, row, output, gradient);
            }
        });
        FlexTensor::from_data(TensorData::new(found, [n, channels, height, width]))
    }
}

/// One channel of the input.
struct Plane<'a> {
    values: &'a [f32],
    width: usize,
}

/// Adds a row of the output's gradient to the pixels of a channel that the maxima come from.
fn give_back(found: &mut [f32], input: &Plane<'_>, row: usize, output: &[f32], gradient: &[f32]) {
    let &Plane { values: input, width } = input;
    let lines = neighbours(row, input.len() / width).map(|y| y * width);
    for (column, (&max, &share)) in output.iter().zip(gradient).enumerate() {
        let mut place = None;
        let columns = neighbours(column, width);
        // From the last to the first, without an early exit: that is faster than stopping at the first.
        for line in lines.into_iter().rev() {
            for x in columns.into_iter().rev() {
                place = if input[line + x] == max { Some(line + x) } else { place };
            }
        }
        if let Some(place) = place {
            found[place] += share;
        }
    }
}
