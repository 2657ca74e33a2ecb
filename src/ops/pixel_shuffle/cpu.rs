//! [`pixel_shuffle`](super::pixel_shuffle) on the CPU.

use super::PixelShuffleBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};
#[cfg(feature = "threads")]
use rayon::prelude::*;

impl PixelShuffleBackend for Flex {
    fn pixel_shuffle(input: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = input.layout().shape().dims();
        let input = input.to_contiguous();
        let input = input.as_slice::<f32>().unwrap_or_default();
        let mut output = vec![0.0; input.len()];
        let block = (height * width * 4).max(1);
        #[cfg(feature = "threads")]
        let planes = output.par_chunks_exact_mut(block).zip(input.par_chunks_exact(block));
        #[cfg(not(feature = "threads"))]
        let planes = output.chunks_exact_mut(block).zip(input.chunks_exact(block));
        planes.for_each(|(output, input)| {
            for (row, line) in output.chunks_exact_mut(width * 2).enumerate() {
                let [left, right] = [0, 1].map(|x| &input[((row % 2 * 2 + x) * height + row / 2) * width..][..width]);
                for ((pair, &left), &right) in line.as_chunks_mut::<2>().0.iter_mut().zip(left).zip(right) {
                    *pair = [left, right];
                }
            }
        });
        FlexTensor::from_data(TensorData::new(output, [n, channels / 4, height * 2, width * 2]))
    }
}
