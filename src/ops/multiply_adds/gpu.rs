//! [`multiply_adds`](crate::ops::multiply_adds::multiply_adds) on the GPU: a thread has several values, as in convolutions.
//! Those of half precision are vectors, as GPUs that do two at once take them.

use crate::ops::gpu::workgroup::{WORKGROUP, float_of};
use crate::ops::multiply_adds::{Line, MultiplyAddsBackend};
use burn::tensor::DType;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Values per thread.
const VALUES: usize = 16;
/// Rounds that the loop is unrolled by.
const STEP: u32 = 8;

/// A [`Line`] as the kernel takes it.
#[derive(CubeType, CubeLaunch)]
struct LineArgs {
    factor: f32,
    summand: f32,
}

#[cube(launch)]
fn multiply_adds_kernel<F: Float, N: Size>(
    values: &Tensor<Vector<F, N>>,
    output: &mut Tensor<Vector<F, N>>,
    line: &LineArgs,
    steps: u32,
    rest: u32,
    #[define(F)] _float: ElemType,
) {
    let width = N::value();
    let vectors = comptime!(VALUES / width);
    let n = output.shape(0) / width;
    let first = ABSOLUTE_POS * vectors;
    if first >= n {
        terminate!();
    }
    let factor = Vector::<F, N>::new(F::cast_from(line.factor));
    let summand = Vector::<F, N>::new(F::cast_from(line.summand));
    let mut own = Array::<Vector<F, N>>::new(vectors);
    #[unroll]
    for index in 0..vectors {
        own[index] = values[usize::min(first + index, n - 1)];
    }
    for _ in 0..steps {
        #[unroll]
        for _ in 0..STEP {
            #[unroll]
            for index in 0..vectors {
                own[index] = own[index] * factor + summand;
            }
        }
    }
    for _ in 0..rest {
        #[unroll]
        for index in 0..vectors {
            own[index] = own[index] * factor + summand;
        }
    }
    #[unroll]
    for index in 0..vectors {
        if first + index < n {
            output[first + index] = own[index];
        }
    }
}

impl MultiplyAddsBackend for CubeBackend {
    fn multiply_adds(values: CubeTensor, line: Line, rounds: u32) -> CubeTensor {
        let values = into_contiguous(values);
        let client = values.client.clone();
        let shape = values.meta.shape().clone();
        let float = float_of(&values);
        let width = if values.dtype == DType::F16 && shape.num_elements().is_multiple_of(4) { 4 } else { 1 };
        let threads = shape.num_elements().div_ceil(VALUES);
        let output = empty_device_dtype(client.clone(), values.device.clone(), shape, values.dtype);
        multiply_adds_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, threads, WORKGROUP),
            WORKGROUP,
            width,
            values.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            LineArgsLaunch::new(line.factor, line.summand),
            rounds / STEP,
            rounds % STEP,
            float,
        );
        output
    }
}
