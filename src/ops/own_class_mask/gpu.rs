//! [`own_class_mask`](crate::ops::own_class_mask::own_class_mask) on the GPU: one thread per pixel of a mask.

use crate::ops::gpu::workgroup::{WORKGROUP, float_of, output};
use crate::ops::own_class_mask::OwnClassMaskBackend;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

/// See [`own_class_mask`](crate::ops::own_class_mask::own_class_mask).
#[derive(CubeType, CubeLaunch)]
struct Inputs<I: Float, W: Float, O: Float> {
    blocks: OwnedTensor<I>,
    weight: OwnedTensor<W>,
    bias: OwnedTensor<O>,
    labels: OwnedTensor<i32>,
}

#[cube(launch)]
fn own_class_mask_kernel<I: Float, W: Float, O: Float>(
    inputs: &Inputs<I, W, O>,
    output: &mut Tensor<O>,
    #[define(I, W, O)] _floats: [ElemType; 3],
) {
    let blocks = &inputs.blocks;
    let weight = &inputs.weight;
    let bias = &inputs.bias;
    let labels = &inputs.labels;
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
    let mut sum = f32::cast_from(bias[class]);
    for channel in 0..channels {
        let plane = (detection * channels + channel) * 4 + corner;
        let factor = f32::cast_from(weight[class * channels + channel]);
        sum += factor * f32::cast_from(blocks[plane * (area / 4) + cell]);
    }
    output[position] = O::cast_from(sum);
}

impl OwnClassMaskBackend for CubeBackend {
    fn own_class_mask(blocks: CubeTensor, weight: CubeTensor, bias: CubeTensor, labels: CubeTensor) -> CubeTensor {
        let [blocks, weight, bias, labels] = [blocks, weight, bias, labels].map(into_contiguous);
        let client = blocks.client.clone();
        let [n, _, height, width] = blocks.meta.shape().dims();
        let shape = Shape::new([n, height * 2, width * 2]);
        let (output, count) = output(&bias, shape);
        let floats = [&blocks, &weight, &bias].map(float_of);
        own_class_mask_kernel::launch(
            &client,
            count,
            WORKGROUP,
            InputsLaunch::new(
                blocks.into_tensor_arg(),
                weight.into_tensor_arg(),
                bias.into_tensor_arg(),
                labels.into_tensor_arg(),
            ),
            output.clone().into_tensor_arg(),
            floats,
        );
        output
    }
}
