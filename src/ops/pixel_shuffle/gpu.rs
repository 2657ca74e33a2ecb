//! [`pixel_shuffle`](crate::ops::pixel_shuffle::pixel_shuffle) on the GPU: one thread per value.

use crate::ops::gpu::workgroup::{WORKGROUP, float_of, output};
use crate::ops::pixel_shuffle::PixelShuffleBackend;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

#[cube(launch)]
fn pixel_shuffle_kernel<F: Float>(input: &Tensor<F>, output: &mut Tensor<F>, #[define(F)] _float: ElemType) {
    let height = output.shape(2);
    let width = output.shape(3);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * output.shape(1) * height * width {
        terminate!();
    }
    let column = position % width;
    let row = position / width % height;
    let plane = position / (width * height) * 4 + row % 2 * 2 + column % 2;
    output[position] = input[(plane * (height / 2) + row / 2) * (width / 2) + column / 2];
}

impl PixelShuffleBackend for CubeBackend {
    fn pixel_shuffle(input: CubeTensor) -> CubeTensor {
        let input = into_contiguous(input);
        let client = input.client.clone();
        let [n, channels, height, width] = input.meta.shape().dims();
        let shape = Shape::new([n, channels / 4, height * 2, width * 2]);
        let (output, count) = output(&input, shape);
        let float = float_of(&input);
        let (input, target) = (input.into_tensor_arg(), output.clone().into_tensor_arg());
        pixel_shuffle_kernel::launch(&client, count, WORKGROUP, input, target, float);
        output
    }
}
