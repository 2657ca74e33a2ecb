//! The gradients of [`add_upsampled`](crate::ops::upsample::add_upsampled) on the CPU.

use crate::ops::autodiff::upsample::UpsampleGradient;
use crate::ops::parallel;
use burn::tensor::{Shape, TensorData};
use burn_flex::{Flex, FlexTensor};

impl UpsampleGradient for Flex {
    fn coarse_gradient(gradient: FlexTensor, shape: Shape) -> FlexTensor {
        let [_, _, height, width] = gradient.layout().shape().dims();
        let [_, _, rows, columns] = shape.dims();
        let gradient = gradient.to_contiguous();
        let gradient = gradient.as_slice::<f32>().unwrap_or_default();
        let mut found = vec![0.0; shape.num_elements()];
        parallel::for_each_chunk(&mut found, rows * columns, |plane, found| {
            let gradient = &gradient[plane * height * width..][..height * width];
            for (row, line) in gradient.chunks_exact(width).enumerate() {
                for (sum, values) in found[row / 2 * columns..].iter_mut().zip(line.chunks(2)) {
                    *sum += values.iter().sum::<f32>();
                }
            }
        });
        FlexTensor::from_data(TensorData::new(found, shape))
    }
}
