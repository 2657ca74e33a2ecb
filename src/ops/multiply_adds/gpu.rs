//! [`multiply_adds`](crate::ops::multiply_adds::multiply_adds) on the GPU: a thread has several values, as in convolutions.

use crate::ops::gpu::workgroup::WORKGROUP;
use crate::ops::multiply_adds::{Line, MultiplyAddsBackend};
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
fn multiply_adds_kernel(values: &Tensor<f32>, output: &mut Tensor<f32>, line: &LineArgs, steps: u32, rest: u32) {
    let n = output.shape(0);
    let first = ABSOLUTE_POS * VALUES;
    if first >= n {
        terminate!();
    }
    let mut own = Array::<f32>::new(VALUES);
    #[unroll]
    for index in 0..VALUES {
        own[index] = values[usize::min(first + index, n - 1)];
    }
    for _ in 0..steps {
        #[unroll]
        for _ in 0..STEP {
            #[unroll]
            for index in 0..VALUES {
                own[index] = own[index] * line.factor + line.summand;
            }
        }
    }
    for _ in 0..rest {
        #[unroll]
        for index in 0..VALUES {
            own[index] = own[index] * line.factor + line.summand;
        }
    }
    #[unroll]
    for index in 0..VALUES {
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
        let threads = shape.num_elements().div_ceil(VALUES);
        let output = empty_device_dtype(client.clone(), values.device.clone(), shape, values.dtype);
        multiply_adds_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, threads, WORKGROUP),
            WORKGROUP,
            values.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            LineArgsLaunch::new(line.factor, line.summand),
            rounds / STEP,
            rounds % STEP,
        );
        output
    }
}
