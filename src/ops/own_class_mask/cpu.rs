//! [`own_class_mask`](super::own_class_mask) on the CPU: the own class's share of each channel, added up.

use super::OwnClassMaskBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl OwnClassMaskBackend for Flex {
    fn own_class_mask(features: FlexTensor, weight: FlexTensor, bias: FlexTensor, labels: FlexTensor) -> FlexTensor {
        let [n, channels, height, width] = features.layout().shape().dims();
        let [features, weight, bias, labels] = [features, weight, bias, labels].map(|tensor| tensor.to_contiguous());
        let [features, weight, bias] =
            [&features, &weight, &bias].map(|tensor| tensor.as_slice::<f32>().unwrap_or_default());
        let labels = labels.as_slice::<i32>().unwrap_or_default();
        let area = (height * width).max(1);
        let mut masks = vec![0.0; n * height * width];
        let detections = masks.chunks_exact_mut(area).zip(features.chunks_exact(channels * area)).zip(labels);
        for ((mask, planes), &label) in detections {
            let class = label as usize;
            mask.fill(bias[class]);
            for (plane, &factor) in planes.chunks_exact(area).zip(&weight[class * channels..(class + 1) * channels]) {
                mask.iter_mut().zip(plane).for_each(|(sum, &value)| *sum += factor * value);
            }
        }
        FlexTensor::from_data(TensorData::new(masks, [n, height, width]))
    }
}
