//! [`conv2d`](super::conv2d) on the GPU: a thread makes a tile of neighbouring pixels in several
//! channels, so that what it loads serves many products. No barriers and no shared memory, which
//! software adapters are slow at; the caches keep what neighbouring threads load alike. No branches
//! in the inner loops either: what lies outside is read somewhere else and then not taken. Sums are of
//! single precision, whatever the numbers that come in and go out.

mod block;
mod line;

use super::Conv2dBackend;
use crate::ops::ABSENT;
use crate::ops::workgroup::{WORKGROUP, float_of};
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Whether nothing is to be made of a picture.
#[cube]
fn is_absent(scores: ComptimeOption<&Tensor<f32>>, picture: usize) -> bool {
    #[comptime]
    match scores {
        ComptimeOption::Some(scores) => scores[picture] <= ABSENT,
        ComptimeOption::None => false.runtime(),
    }
}

/// The value of the output that a sum gives.
#[cube]
fn finished<O: Float>(sum: f32, shortcut: ComptimeOption<&Tensor<O>>, at: usize, #[comptime] rectify: bool) -> O {
    #[comptime]
    let sum = match shortcut {
        ComptimeOption::Some(shortcut) => sum + f32::cast_from(shortcut[at]),
        ComptimeOption::None => sum,
    };
    O::cast_from(if rectify { f32::max(sum, 0.0f32) } else { sum })
}

impl Conv2dBackend for CubeBackend {
    fn conv2d_bias(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        stride: usize,
        rectify: bool,
    ) -> CubeTensor {
        convolve([input, weight, bias], None, None, stride, rectify)
    }

    fn residual_conv2d(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        shortcut: CubeTensor,
        stride: usize,
    ) -> CubeTensor {
        convolve([input, weight, bias], Some(shortcut), None, stride, true)
    }

    fn present_conv2d(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        scores: CubeTensor,
        rectify: bool,
    ) -> CubeTensor {
        convolve([input, weight, bias], None, Some(scores), 1, rectify)
    }
}

fn convolve(
    operands: [CubeTensor; 3],
    shortcut: Option<CubeTensor>,
    scores: Option<CubeTensor>,
    stride: usize,
    rectify: bool,
) -> CubeTensor {
    let [input, weight, bias] = operands.map(into_contiguous);
    let [shortcut, scores] = [shortcut, scores].map(|tensor| tensor.map(into_contiguous));
    let client = input.client.clone();
    let [n, _, height, width] = input.meta.shape().dims();
    let [outputs, _, kernel, _] = weight.meta.shape().dims();
    let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
    let shape = Shape::new([n, outputs, out_height, out_width]);
    let output = empty_device_dtype(client.clone(), input.device.clone(), shape, bias.dtype);
    let floats = [&input, &weight, &bias].map(float_of);
    let in_blocks = kernel == block::SIDE && stride == 1;
    let tiles = match (kernel, stride) {
        _ if in_blocks => block::tiles(outputs, height, width),
        (1, 1) => line::tiles(outputs, 1, height * width),
        _ => line::tiles(outputs, out_height, out_width),
    };
    let groups = calculate_cube_count_elemwise(&client, n * tiles, WORKGROUP);
    let [input, weight, bias] = [input, weight, bias].map(CubeTensor::into_tensor_arg);
    let [shortcut, scores] = [shortcut, scores].map(|tensor| tensor.map(CubeTensor::into_tensor_arg));
    let (scores, target) = (scores.into(), output.clone().into_tensor_arg());
    if in_blocks {
        block::block_kernel::launch(
            &client,
            groups,
            WORKGROUP,
            input,
            weight,
            bias,
            shortcut.into(),
            scores,
            target,
            rectify,
            floats,
        );
    } else {
        line::line_kernel::launch(
            &client,
            groups,
            WORKGROUP,
            input,
            weight,
            bias,
            shortcut.into(),
            scores,
            target,
            kernel,
            stride,
            rectify,
            floats,
        );
    }
    output
}
