//! [`subsample`](super::subsample) on the GPU: one thread a value.

use super::SubsampleBackend;
use crate::ops::workgroup::{WORKGROUP, float_of, output};
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

#[cube(launch)]
fn subsample_kernel<F: Float>(input: &Tensor<F>, output: &mut Tensor<F>, #[define(F)] _float: ElemType) {
    let height = output.shape(2);
    let width = output.shape(3);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * output.shape(1) * height * width {
        terminate!();
    }
    let column = position % width * 2;
    let row = position / width % height * 2;
    let plane = position / (width * height);
    output[position] = input[(plane * input.shape(2) + row) * input.shape(3) + column];
}

impl SubsampleBackend for CubeBackend {
    fn subsample(input: CubeTensor) -> CubeTensor {
        let input = into_contiguous(input);
        let client = input.client.clone();
        let [n, channels, height, width] = input.meta.shape().dims();
        let shape = Shape::new([n, channels, height.div_ceil(2), width.div_ceil(2)]);
        let (output, count) = output(&input, shape);
        let float = float_of(&input);
        let (input, target) = (input.into_tensor_arg(), output.clone().into_tensor_arg());
        subsample_kernel::launch(&client, count, WORKGROUP, input, target, float);
        output
    }
}
