//! [`max_pool`](crate::ops::max_pool::max_pool) on the CPU.

use crate::ops::max_pool::{MaxPoolBackend, every_second};
use crate::ops::parallel;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl MaxPoolBackend for Flex {
    fn max_pool(input: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = input.layout().shape().dims();
        let (out_height, out_width) = (height.div_ceil(2), width.div_ceil(2));
        let input = input.to_contiguous();
        let input = input.as_slice::<f32>().unwrap_or_default();
        let mut output = vec![0.0; n * channels * out_height * out_width];
        let area = height * width;
        parallel::for_each_chunk(&mut output, out_height * out_width, |plane, output| {
            pool(output, &input[plane * area..][..area], width);
        });
        FlexTensor::from_data(TensorData::new(output, [n, channels, out_height, out_width]))
    }

    fn subsample(input: FlexTensor) -> FlexTensor {
        let slices = every_second(input.layout().shape());
        Self::float_slice(input, &slices)
    }
}

/// One channel of one batch entry: the maxima of three rows, then of three columns of these.
fn pool(output: &mut [f32], input: &[f32], width: usize) {
    let height = input.len() / width;
    let mut line = vec![0.0; width];
    for (row, output) in output.chunks_exact_mut(width.div_ceil(2)).enumerate() {
        let [above, middle, below] = neighbours(row, height).map(|y| &input[y * width..][..width]);
        for (((max, &above), &middle), &below) in line.iter_mut().zip(above).zip(middle).zip(below) {
            *max = larger(larger(above, middle), below);
        }
        for (column, max) in output.iter_mut().enumerate() {
            let [left, middle, right] = neighbours(column, width).map(|x| line[x]);
            *max = larger(larger(left, middle), right);
        }
    }
}

/// The rows, or columns, of an output's window. Those outside are the nearest inside, which is in
/// the window as well.
pub(in crate::ops) fn neighbours(position: usize, length: usize) -> [usize; 3] {
    [(position * 2).saturating_sub(1), position * 2, (position * 2 + 1).min(length - 1)]
}

/// `f32::max` without NaN handling.
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
