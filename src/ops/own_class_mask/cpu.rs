//! [`own_class_mask`](crate::ops::own_class_mask::own_class_mask) on the CPU: the sum over channels for the own class.

use crate::ops::own_class_mask::OwnClassMaskBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl OwnClassMaskBackend for Flex {
    fn own_class_mask(blocks: FlexTensor, weight: FlexTensor, bias: FlexTensor, labels: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = blocks.layout().shape().dims();
        let [blocks, weight, bias, labels] = [blocks, weight, bias, labels].map(|tensor| tensor.to_contiguous());
        let [blocks, weight, bias] =
            [&blocks, &weight, &bias].map(|tensor| tensor.as_slice::<f32>().unwrap_or_default());
        let labels = labels.as_slice::<i32>().unwrap_or_default();
        let area = (height * width).max(1);
        let mut masks = vec![0.0; n * area * 4];
        // The sums of the upper left, upper right, lower left and lower right pixels of the blocks.
        let mut corners = vec![0.0; area * 4];
        let detections = masks.chunks_exact_mut(area * 4).zip(blocks.chunks_exact(channels * area)).zip(labels);
        for ((mask, planes), &label) in detections {
            let class = label as usize;
            corners.fill(bias[class]);
            let factors = &weight[class * channels / 4..];
            for (planes, &factor) in planes.chunks_exact(area * 4).zip(factors) {
                corners.iter_mut().zip(planes).for_each(|(sum, &value)| *sum += factor * value);
            }
            for (index, &sum) in corners.iter().enumerate() {
                let (corner, cell) = (index / area, index % area);
                let (row, column) = (cell / width * 2 + corner / 2, cell % width * 2 + corner % 2);
                mask[row * width * 2 + column] = sum;
            }
        }
        FlexTensor::from_data(TensorData::new(masks, [n, height * 2, width * 2]))
    }
}
