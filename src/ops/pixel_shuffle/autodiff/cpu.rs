//! The gradient of [`pixel_shuffle`](crate::ops::pixel_shuffle::pixel_shuffle) on the CPU.

use crate::ops::autodiff::pixel_shuffle::PixelShuffleGradient;
use crate::ops::parallel;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl PixelShuffleGradient for Flex {
    fn pixel_unshuffle(gradient: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = gradient.layout().shape().dims();
        let (height, width) = (height / 2, width / 2);
        let gradient = gradient.to_contiguous();
        let gradient = gradient.as_slice::<f32>().unwrap_or_default();
        let mut found = vec![0.0; gradient.len()];
        let block = height * width * 4;
        parallel::for_each_chunk(&mut found, block, |plane, found| {
            let gradient = &gradient[plane * block..][..block];
            for (index, line) in found.chunks_exact_mut(width).enumerate() {
                let (channel, row) = (index / height, index % height);
                let from = &gradient[(row * 2 + channel / 2) * width * 2..][..width * 2];
                for (value, pair) in line.iter_mut().zip(from.as_chunks::<2>().0) {
                    *value = pair[channel % 2];
                }
            }
        });
        FlexTensor::from_data(TensorData::new(found, [n, channels * 4, height, width]))
    }
}
