//! [`KernelFamily::Portable`](crate::ops::kernel_family::KernelFamily::Portable): a thread computes a tile of
//! neighbouring pixels in several channels, so that each load serves many products. No barriers and no workgroup
//! memory, which are slow on software adapters; the caches keep what neighbouring threads both load. No branches in
//! the inner loops either: for pixels outside, a valid address is read and the value discarded. Sums have single precision,
//! whatever the precision of inputs and outputs.

mod block;
mod line;

use crate::ops::ABSENT;
use crate::ops::activation::Activation;
use crate::ops::conv2d::ConvSpec;
use crate::ops::gpu::activation::activate;
use crate::ops::gpu::tiled_product::Product;
use crate::ops::gpu::workgroup::{WORKGROUP, float_of};
use burn::tensor::Shape;
use burn_cubecl::{kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// What a convolution is computed from.
#[derive(CubeType, CubeLaunch)]
struct Operands<I: Float, W: Float, O: Float> {
    input: OwnedTensor<I>,
    weight: OwnedTensor<W>,
    bias: OwnedTensor<O>,
    /// Added to the output before the activation.
    shortcut: ComptimeOption<OwnedTensor<O>>,
    /// The scores of the batch entries; those that are [`ABSENT`] are not computed.
    scores: ComptimeOption<OwnedTensor<f32>>,
}

/// Whether a batch entry is masked out.
#[cube]
fn is_absent<I: Float, W: Float, O: Float>(operands: &Operands<I, W, O>, entry: usize) -> bool {
    #[comptime]
    match &operands.scores {
        ComptimeOption::Some(scores) => scores[entry] <= ABSENT,
        ComptimeOption::None => false.runtime(),
    }
}

/// The output at `at` from its sum of products.
#[cube]
fn finished<I: Float, W: Float, O: Float>(
    operands: &Operands<I, W, O>,
    sum: f32,
    at: usize,
    #[comptime] activation: Activation,
) -> O {
    #[comptime]
    let sum = match &operands.shortcut {
        ComptimeOption::Some(shortcut) => sum + f32::cast_from(shortcut[at]),
        ComptimeOption::None => sum,
    };
    O::cast_from(activate(sum, activation))
}

pub(super) fn convolve(product: Product, spec: ConvSpec) -> CubeTensor {
    let ConvSpec { stride, activation, .. } = spec;
    let Product { input, weight, bias, shortcut, scores } = product;
    let [input, weight, bias] = [input, weight, bias].map(into_contiguous);
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
    let target = output.clone().into_tensor_arg();
    if in_blocks {
        let operands = OperandsLaunch::new(input, weight, bias, shortcut.into(), scores.into());
        block::block_kernel::launch(&client, groups, WORKGROUP, operands, target, activation, floats);
    } else {
        let operands = OperandsLaunch::new(input, weight, bias, shortcut.into(), scores.into());
        let shape = line::Kernel { side: kernel, spec };
        line::line_kernel::launch(&client, groups, WORKGROUP, operands, target, shape, floats);
    }
    output
}
