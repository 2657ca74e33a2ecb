//! [`add_upsampled`](crate::ops::upsample::add_upsampled) on the CPU.

use crate::ops::parallel;
use crate::ops::upsample::UpsampleBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl UpsampleBackend for Flex {
    fn add_upsampled(fine: FlexTensor, coarse: FlexTensor) -> FlexTensor {
        let shape = fine.layout().shape().clone();
        let [_, _, height, width] = shape.dims();
        let [_, _, rows, columns] = coarse.layout().shape().dims();
        let [fine, coarse] = [fine, coarse].map(|tensor| tensor.to_contiguous());
        let [fine, coarse] = [&fine, &coarse].map(|tensor| tensor.as_slice::<f32>().unwrap_or_default());
        let mut output = fine.to_vec();
        parallel::for_each_chunk(&mut output, height * width, |plane, fine| {
            let coarse = &coarse[plane * rows * columns..][..rows * columns];
            for (row, line) in fine.chunks_exact_mut(width).enumerate() {
                for (values, cell) in line.chunks_mut(2).zip(&coarse[row / 2 * columns..]) {
                    values.iter_mut().for_each(|value| *value += cell);
                }
            }
        });
        FlexTensor::from_data(TensorData::new(output, shape))
    }
}
