//! Convolutions and linear layers as products of two matrices, over tiles in workgroup memory: the kernels of
//! [`KernelFamily::Tiled`](crate::ops::kernel_family::KernelFamily::Tiled).
//!
//! One is that of the weights, `[depth, outputs]`, where the depth is that of the sum: input channels times taps of the
//! kernel. The other, `[depth, pixels]`, is never made (hence _implicit_ GEMM; Chellapilla et al. 2006 made it, Chetlur
//! et al. 2014, "cuDNN", do not): its values are found in the input as they are needed. Pixels are those of all batch
//! entries, so that only the last tile is cut off. Sums have single precision, whatever the precision of inputs and
//! outputs.

mod gather;
mod kernel;
mod tile;

use crate::ops::conv2d::ConvSpec;
use crate::ops::gpu::workgroup::float_of;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::prelude::*;
use gather::{Order, Source};
use kernel::{OperandsLaunch, Plan, product_kernel};
use tile::{DEPTH, Tile};

/// What a product is computed from.
pub(in crate::ops) struct Product {
    /// `[n, inputs, height, width]`.
    pub(in crate::ops) input: CubeTensor,
    /// `[outputs, inputs, kernel, kernel]`, in any layout; without a copy in that of [`pack`].
    pub(in crate::ops) weight: CubeTensor,
    /// `[outputs]`.
    pub(in crate::ops) bias: CubeTensor,
    /// `[n, outputs, height / stride, width / stride]`, added before the activation.
    pub(in crate::ops) shortcut: Option<CubeTensor>,
    /// `[n]`; what belongs to [`ABSENT`](crate::ops::ABSENT) ones is not computed.
    pub(in crate::ops) scores: Option<CubeTensor>,
}

/// The same weight, `[outputs, inputs, kernel, kernel]`, laid out as the kernel reads it: the outputs of one product
/// side by side.
pub(in crate::ops) fn pack(weight: CubeTensor) -> CubeTensor {
    let (there, back) = match order(weight.meta.shape()[1]) {
        Order::Taps => ([2, 3, 1, 0], [3, 2, 0, 1]),
        Order::Channels => ([1, 2, 3, 0], [3, 0, 1, 2]),
    };
    let packed = into_contiguous(CubeBackend::float_permute(weight, &there));
    CubeBackend::float_permute(packed, &back)
}

fn order(inputs: usize) -> Order {
    if inputs.is_multiple_of(DEPTH) { Order::Taps } else { Order::Channels }
}

impl Product {
    /// The convolution.
    pub(in crate::ops) fn convolve(self, spec: ConvSpec) -> CubeTensor {
        let [outputs, inputs, side, _] = self.weight.meta.shape().dims();
        let source = Source { side, stride: spec.stride, order: order(inputs), is_linear: false };
        self.compute(Plan { tile: Tile::for_channels(outputs), source, activation: spec.activation })
    }

    /// The linear layer, where height, width and kernel are 1.
    pub(in crate::ops) fn multiply(self, spec: ConvSpec) -> CubeTensor {
        let outputs = self.weight.meta.shape()[0];
        let source = Source { side: 1, stride: 1, order: Order::Channels, is_linear: true };
        self.compute(Plan { tile: Tile::for_channels(outputs), source, activation: spec.activation })
    }

    fn compute(self, plan: Plan) -> CubeTensor {
        let weight = pack(self.weight);
        let [input, bias] = [self.input, self.bias].map(into_contiguous);
        let [shortcut, scores] = [self.shortcut, self.scores].map(|tensor| tensor.map(into_contiguous));
        let client = input.client.clone();
        let [n, _, height, width] = input.meta.shape().dims();
        let outputs = weight.meta.shape()[0];
        let stride = plan.source.stride;
        let shape = Shape::new([n, outputs, height.div_ceil(stride), width.div_ceil(stride)]);
        let pixels = shape.num_elements() / outputs;
        let output = empty_device_dtype(client.clone(), input.device.clone(), shape, bias.dtype);
        let floats = [&input, &weight, &bias].map(float_of);
        let width_of_loads = if outputs.is_multiple_of(4) { 4 } else { 1 };
        let operands = OperandsLaunch::new(
            input.into_tensor_arg(),
            weight.into_tensor_arg(),
            bias.into_tensor_arg(),
            shortcut.map(CubeTensor::into_tensor_arg).into(),
            scores.map(CubeTensor::into_tensor_arg).into(),
        );
        let target = output.clone().into_tensor_arg();
        // SAFETY: the kernel clamps what it reads and checks what it writes, against the shapes of these tensors.
        unsafe {
            product_kernel::launch_unchecked(
                &client,
                workgroups(&client, outputs.div_ceil(plan.tile.channels), pixels.div_ceil(plan.tile.pixels)),
                CubeDim::new_1d(plan.tile.threads() as u32),
                width_of_loads,
                operands,
                target,
                plan,
                floats,
            );
        }
        output
    }
}

/// A workgroup for each tile: those of the same pixels are neighbours, as they load the same values of the input.
fn workgroups(client: &Client, across: usize, down: usize) -> CubeCount {
    let most = client.properties().hardware.max_cube_count.1 as usize;
    let deep = down.div_ceil(most).max(1);
    CubeCount::Static(across as u32, down.div_ceil(deep) as u32, deep as u32)
}
