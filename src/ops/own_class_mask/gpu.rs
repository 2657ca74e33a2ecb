//! [`own_class_mask`](super::own_class_mask) on the GPU: one thread a pixel of a mask.

use super::OwnClassMaskBackend;
use crate::ops::workgroup::{WORKGROUP, output};
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

#[cube(launch)]
fn own_class_mask_kernel(
    blocks: &Tensor<f32>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    labels: &Tensor<i32>,
    output: &mut Tensor<f32>,
) {
    let channels = blocks.shape(1) / 4;
    let width = output.shape(2);
    let area = output.shape(1) * width;
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * area {
        terminate!();
    }
    let detection = position / area;
    let row = position % area / width;
    let column = position % width;
    let cell = row / 2 * (width / 2) + column / 2;
    let corner = row % 2 * 2 + column % 2;
    let class = usize::cast_from(labels[detection]);
    let mut sum = bias[class];
    for channel in 0..channels {
        let plane = (detection * channels + channel) * 4 + corner;
        sum += weight[class * channels + channel] * blocks[plane * (area / 4) + cell];
    }
    output[position] = sum;
}

impl OwnClassMaskBackend for CubeBackend {
    fn own_class_mask(blocks: CubeTensor, weight: CubeTensor, bias: CubeTensor, labels: CubeTensor) -> CubeTensor {
        let [blocks, weight, bias, labels] = [blocks, weight, bias, labels].map(into_contiguous);
        let client = blocks.client.clone();
        let [n, _, height, width] = blocks.meta.shape().dims();
        let shape = Shape::new([n, height * 2, width * 2]);
        let (output, count) = output(&blocks, shape);
        own_class_mask_kernel::launch(
            &client,
            count,
            WORKGROUP,
            blocks.into_tensor_arg(),
            weight.into_tensor_arg(),
            bias.into_tensor_arg(),
            labels.into_tensor_arg(),
            output.clone().into_tensor_arg(),
        );
        output
    }
}
