//! [`add_upsampled`](crate::ops::upsample::add_upsampled) on the GPU: one thread per value.

use crate::ops::gpu::workgroup::{WORKGROUP, float_of, output};
use crate::ops::upsample::UpsampleBackend;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

#[cube(launch)]
fn add_upsampled_kernel<F: Float>(
    fine: &Tensor<F>,
    coarse: &Tensor<F>,
    output: &mut Tensor<F>,
    #[define(F)] _float: ElemType,
) {
    let height = fine.shape(2);
    let width = fine.shape(3);
    let position = ABSOLUTE_POS;
    if position >= fine.shape(0) * fine.shape(1) * height * width {
        terminate!();
    }
    let column = position % width / 2;
    let row = position / width % height / 2;
    let plane = position / (width * height);
    output[position] = fine[position] + coarse[(plane * coarse.shape(2) + row) * coarse.shape(3) + column];
}

impl UpsampleBackend for CubeBackend {
    fn add_upsampled(fine: CubeTensor, coarse: CubeTensor) -> CubeTensor {
        let (fine, coarse) = (into_contiguous(fine), into_contiguous(coarse));
        let client = fine.client.clone();
        let shape = fine.meta.shape().clone();
        let (output, count) = output(&fine, shape);
        let float = float_of(&fine);
        add_upsampled_kernel::launch(
            &client,
            count,
            WORKGROUP,
            fine.into_tensor_arg(),
            coarse.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            float,
        );
        output
    }
}
