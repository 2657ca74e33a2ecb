//! [`max_pool`](super::max_pool) on the CPU.

use super::MaxPoolBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};
#[cfg(feature = "threads")]
use rayon::prelude::*;

impl MaxPoolBackend for Flex {
    fn max_pool(input: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = input.layout().shape().dims();
        let (out_height, out_width) = (height.div_ceil(2), width.div_ceil(2));
        let input = input.to_contiguous();
        let input = input.as_slice::<f32>().unwrap_or_default();
        let mut output = vec![0.0; n * channels * out_height * out_width];
        let area = out_height * out_width;
        #[cfg(feature = "threads")]
        let planes = output.par_chunks_exact_mut(area).zip(input.par_chunks_exact(height * width));
        #[cfg(not(feature = "threads"))]
        let planes = output.chunks_exact_mut(area).zip(input.chunks_exact(height * width));
        planes.for_each(|(output, input)| pool(output, input, width));
        FlexTensor::from_data(TensorData::new(output, [n, channels, out_height, out_width]))
    }
}

/// One channel of one picture: the maxima of three rows, then of three columns of these.
fn pool(output: &mut [f32], input: &[f32], width: usize) {
    let height = input.len() / width;
    let mut line = vec![0.0; width];
    for (row, output) in output.chunks_exact_mut(width.div_ceil(2)).enumerate() {
        let [above, middle, below] = neighbours(row, height).map(|y| &input[y * width..][..width]);
        for (((most, &above), &middle), &below) in line.iter_mut().zip(above).zip(middle).zip(below) {
            *most = larger(larger(above, middle), below);
        }
        for (column, most) in output.iter_mut().enumerate() {
            let [left, middle, right] = neighbours(column, width).map(|x| line[x]);
            *most = larger(larger(left, middle), right);
        }
    }
}

/// The rows, or columns, of an output's window. Those outside are the nearest inside, which is in
/// the window as well.
pub(super) fn neighbours(position: usize, length: usize) -> [usize; 3] {
    [(position * 2).saturating_sub(1), position * 2, (position * 2 + 1).min(length - 1)]
}

/// `f32::max` without its care for numbers that are none.
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
