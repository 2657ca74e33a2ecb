//! [`own_class_mask`](super::own_class_mask) on the GPU: one thread a pixel of a mask.

use super::OwnClassMaskBackend;
use crate::ops::workgroup::WORKGROUP;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

#[cube(launch)]
fn own_class_mask_kernel(
    features: &Tensor<f32>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    labels: &Tensor<i32>,
    output: &mut Tensor<f32>,
) {
    let channels = features.shape(1);
    let area = output.shape(1) * output.shape(2);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * area {
        terminate!();
    }
    let detection = position / area;
    let pixel = position % area;
    let class = usize::cast_from(labels[detection]);
    let mut sum = bias[class];
    for channel in 0..channels {
        sum += weight[class * channels + channel] * features[(detection * channels + channel) * area + pixel];
    }
    output[position] = sum;
}

impl OwnClassMaskBackend for CubeBackend {
    fn own_class_mask(features: CubeTensor, weight: CubeTensor, bias: CubeTensor, labels: CubeTensor) -> CubeTensor {
        let [features, weight, bias, labels] = [features, weight, bias, labels].map(into_contiguous);
        let client = features.client.clone();
        let [n, _, height, width] = features.meta.shape().dims();
        let shape = Shape::new([n, height, width]);
        let elements = shape.num_elements();
        let output = empty_device_dtype(client.clone(), features.device.clone(), shape, features.dtype);
        own_class_mask_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, elements, WORKGROUP),
            WORKGROUP,
            features.into_tensor_arg(),
            weight.into_tensor_arg(),
            bias.into_tensor_arg(),
            labels.into_tensor_arg(),
            output.clone().into_tensor_arg(),
        );
        output
    }
}
