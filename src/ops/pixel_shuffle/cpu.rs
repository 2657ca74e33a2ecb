//! [`pixel_shuffle`](crate::ops::pixel_shuffle::pixel_shuffle) on the CPU.

use crate::ops::parallel;
use crate::ops::pixel_shuffle::PixelShuffleBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl PixelShuffleBackend for Flex {
    fn pixel_shuffle(input: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = input.layout().shape().dims();
        let input = input.to_contiguous();
        let input = input.as_slice::<f32>().unwrap_or_default();
        let mut output = vec![0.0; input.len()];
        let block = height * width * 4;
        parallel::for_each_chunk(&mut output, block, |plane, output| {
            let input = &input[plane * block..][..block];
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
