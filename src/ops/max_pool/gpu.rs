//! [`max_pool`](crate::ops::max_pool::max_pool) on the GPU: one thread per output value.

use crate::ops::gpu::workgroup::{WORKGROUP, float_of, output};
use crate::ops::max_pool::MaxPoolBackend;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

#[cube(launch)]
fn max_pool_kernel<F: Float>(input: &Tensor<F>, output: &mut Tensor<F>, #[define(F)] _float: ElemType) {
    let height = input.shape(2);
    let width = input.shape(3);
    let out_height = output.shape(2);
    let out_width = output.shape(3);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * output.shape(1) * out_height * out_width {
        terminate!();
    }
    let column = position % out_width * 2;
    let row = position / out_width % out_height * 2;
    let start = position / (out_width * out_height) * height * width;
    let mut best = input[start + row * width + column];
    // Clipped coordinates count a pixel of the window twice, which does not change the maximum.
    for down in 0..3usize {
        for right in 0..3usize {
            let y = clamp(row + down, 1, height) - 1;
            let x = clamp(column + right, 1, width) - 1;
            best = F::max(best, input[start + y * width + x]);
        }
    }
    output[position] = best;
}

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

/// What the kernels are launched on: the input, and an output of half its height and width, rounded up.
struct Halving {
    input: CubeTensor,
    output: CubeTensor,
    count: CubeCount,
}

impl Halving {
    fn of(input: CubeTensor) -> Self {
        let input = into_contiguous(input);
        let [n, channels, height, width] = input.meta.shape().dims();
        let shape = Shape::new([n, channels, height.div_ceil(2), width.div_ceil(2)]);
        let (output, count) = output(&input, shape);
        Self { input, output, count }
    }
}

impl MaxPoolBackend for CubeBackend {
    fn max_pool(input: CubeTensor) -> CubeTensor {
        let Halving { input, output, count } = Halving::of(input);
        let (client, float) = (input.client.clone(), float_of(&input));
        let target = output.clone().into_tensor_arg();
        max_pool_kernel::launch(&client, count, WORKGROUP, input.into_tensor_arg(), target, float);
        output
    }

    fn subsample(input: CubeTensor) -> CubeTensor {
        let Halving { input, output, count } = Halving::of(input);
        let (client, float) = (input.client.clone(), float_of(&input));
        let target = output.clone().into_tensor_arg();
        subsample_kernel::launch(&client, count, WORKGROUP, input.into_tensor_arg(), target, float);
        output
    }
}
