//! [`KernelFamily::Portable`](crate::ops::kernel_family::KernelFamily::Portable): a thread computes a tile of several rows and outputs; sums
//! have single precision, whatever the precision of inputs and outputs.

use crate::ops::activation::Activation;
use crate::ops::gpu::activation::activate;
use crate::ops::gpu::workgroup::{WORKGROUP, float_of};
use burn::tensor::Shape;
use burn_cubecl::{kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Rows that a thread computes.
const ROWS: usize = 4;
/// Neighbouring outputs that it computes of each.
const OUTPUTS: usize = 4;

/// What the rows of the output are computed from.
#[derive(CubeType, CubeLaunch)]
struct Operands<I: Float, W: Float, O: Float> {
    input: OwnedTensor<I>,
    weight: OwnedTensor<W>,
    bias: OwnedTensor<O>,
}

#[cube(launch)]
fn linear_kernel<I: Float, W: Float, O: Float>(
    operands: &Operands<I, W, O>,
    output: &mut Tensor<O>,
    #[comptime] activation: Activation,
    #[define(I, W, O)] _floats: [ElemType; 3],
) {
    let input = &operands.input;
    let weight = &operands.weight;
    let bias = &operands.bias;
    let inputs = weight.shape(0);
    let outputs = weight.shape(1);
    let n = output.shape(0);
    let tiles_across = outputs.div_ceil(OUTPUTS);
    let tiles_down = n.div_ceil(ROWS);
    let position = ABSOLUTE_POS;
    if position >= tiles_down * tiles_across {
        terminate!();
    }
    let first_output = position % tiles_across * OUTPUTS;
    let first_row = position / tiles_across * ROWS;

    let mut sums = Array::<f32>::new(comptime!(ROWS * OUTPUTS));
    #[unroll]
    for index in 0..OUTPUTS {
        let start = f32::cast_from(bias[usize::min(first_output + index, outputs - 1)]);
        #[unroll]
        for row in 0..ROWS {
            sums[row * OUTPUTS + index] = start;
        }
    }
    let mut factors = Array::<f32>::new(OUTPUTS);
    for source in 0..inputs {
        #[unroll]
        for index in 0..OUTPUTS {
            let at = source * outputs + usize::min(first_output + index, outputs - 1);
            factors[index] = f32::cast_from(weight[at]);
        }
        #[unroll]
        for row in 0..ROWS {
            let value = f32::cast_from(input[usize::min(first_row + row, n - 1) * inputs + source]);
            #[unroll]
            for index in 0..OUTPUTS {
                sums[row * OUTPUTS + index] += value * factors[index];
            }
        }
    }
    #[unroll]
    for row in 0..ROWS {
        #[unroll]
        for index in 0..OUTPUTS {
            if first_row + row < n && first_output + index < outputs {
                let sum = sums[row * OUTPUTS + index];
                output[(first_row + row) * outputs + first_output + index] = O::cast_from(activate(sum, activation));
            }
        }
    }
}

/// The layer of an input, a weight and a bias.
pub(super) fn multiply(operands: [CubeTensor; 3], activation: Activation) -> CubeTensor {
    let [input, weight, bias] = operands.map(into_contiguous);
    let client = input.client.clone();
    let (n, outputs) = (input.meta.shape()[0], weight.meta.shape()[1]);
    let output = empty_device_dtype(client.clone(), input.device.clone(), Shape::new([n, outputs]), bias.dtype);
    let floats = [&input, &weight, &bias].map(float_of);
    let threads = n.div_ceil(ROWS) * outputs.div_ceil(OUTPUTS);
    linear_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, threads, WORKGROUP),
        WORKGROUP,
        OperandsLaunch::new(input.into_tensor_arg(), weight.into_tensor_arg(), bias.into_tensor_arg()),
        output.clone().into_tensor_arg(),
        activation,
        floats,
    );
    output
}
