//! The weight's gradient: for each of its values the sum, over all pixels, of the input it was multiplied
//! with times the gradient of the output it was added to. A thread computes a row of the kernel for one input
//! and several outputs, over some rows of the batch; these partial sums are added at the end.

use crate::ops::conv2d::ConvSpec;
use crate::ops::gpu::padding::{Window, before};
use crate::ops::gpu::workgroup::WORKGROUP;
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Outputs for which a thread computes its row of the kernel.
const OUTPUTS: usize = 8;
/// The number of threads that keeps a large GPU busy.
const THREADS: usize = 1 << 18;

/// The kernel that the shader is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kernel {
    side: usize,
    spec: ConvSpec,
}

/// Channels come last in `input`, `[n, height, width, inputs]`, and `gradient`, so that neighbouring
/// threads, which have neighbouring inputs, load adjacent values. `sums` is
/// `[parts, outputs, inputs, side, side]`.
#[cube(launch)]
fn weight_kernel(
    input: &Tensor<f32>,
    gradient: &Tensor<f32>,
    sums: &mut Tensor<f32>,
    rows_per_part: usize,
    #[comptime] kernel: Kernel,
) {
    let side = comptime!(kernel.side);
    let stride = comptime!(kernel.spec.stride);
    let height = input.shape(1);
    let width = input.shape(2);
    let inputs = input.shape(3);
    let out_height = gradient.shape(1);
    let out_width = gradient.shape(2);
    let outputs = gradient.shape(3);
    let groups = outputs.div_ceil(OUTPUTS);
    let position = ABSOLUTE_POS;
    if position >= sums.shape(0) * groups * side * inputs {
        terminate!();
    }
    let source = position % inputs;
    let tap_row = position / inputs % side;
    let first_output = position / (inputs * side) % groups * OUTPUTS;
    let part = position / (inputs * side * groups);
    let window = comptime!(Window { side, stride, padding: kernel.spec.padding });
    let above = before(height, window);
    let left = before(width, window);

    let mut found = Array::<f32>::new(comptime!(OUTPUTS * side));
    #[unroll]
    for index in 0..comptime!(OUTPUTS * side) {
        found[index] = 0.0f32;
    }
    let mut values = Array::<f32>::new(side);
    let first = part * rows_per_part;
    let end = usize::min(first + rows_per_part, gradient.shape(0) * out_height);
    for row in first..end {
        let entry = row / out_height;
        // Counted from the first row and column of padding, so that no index is negative.
        let padded_row = row % out_height * stride + tap_row;
        if padded_row >= above && padded_row < height + above {
            let line = (entry * height + padded_row - above) * width;
            for column in 0..out_width {
                #[unroll]
                for tap in 0..side {
                    let padded = column * stride + tap;
                    let inside = padded >= left && padded < width + left;
                    let value = input[(line + select(inside, padded, left) - left) * inputs + source];
                    values[tap] = select(inside, value, 0.0f32);
                }
                let start = (row * out_width + column) * outputs;
                #[unroll]
                for output in 0..OUTPUTS {
                    let factor = gradient[start + usize::min(first_output + output, outputs - 1)];
                    #[unroll]
                    for tap in 0..side {
                        found[output * side + tap] += factor * values[tap];
                    }
                }
            }
        }
    }
    #[unroll]
    for output in 0..OUTPUTS {
        if first_output + output < outputs {
            let at = ((part * outputs + first_output + output) * inputs + source) * comptime!(side * side);
            #[unroll]
            for tap in 0..side {
                sums[at + tap_row * side + tap] = found[output * side + tap];
            }
        }
    }
}

/// The gradient of a weight with kernels of `side × side`, from the input and the output's gradient.
pub(super) fn weight_gradient(input: CubeTensor, gradient: CubeTensor, side: usize, spec: ConvSpec) -> CubeTensor {
    let [n, outputs, rows, _] = gradient.shape().dims();
    let inputs = input.shape()[1];
    let channels_last = |tensor| into_contiguous(CubeBackend::float_permute(tensor, &[0, 2, 3, 1]));
    let (input, gradient) = (channels_last(input), channels_last(gradient));
    let threads_per_part = outputs.div_ceil(OUTPUTS) * side * inputs;
    let rows_per_part = (n * rows).div_ceil((THREADS / threads_per_part).max(1));
    let parts = (n * rows).div_ceil(rows_per_part);
    let client = input.client.clone();
    let shape = Shape::new([parts, outputs * inputs * side * side]);
    let sums = empty_device_dtype(client.clone(), input.device.clone(), shape, input.dtype);
    weight_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, parts * threads_per_part, WORKGROUP),
        WORKGROUP,
        input.into_tensor_arg(),
        gradient.into_tensor_arg(),
        sums.clone().into_tensor_arg(),
        rows_per_part,
        Kernel { side, spec },
    );
    let sum = CubeBackend::float_sum_dim(sums, 0);
    CubeBackend::float_reshape(sum, Shape::new([outputs, inputs, side, side]))
}
