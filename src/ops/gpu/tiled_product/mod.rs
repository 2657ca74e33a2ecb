//! Convolutions and linear layers as products of two matrices, over tiles in workgroup memory: the kernels of
//! [`KernelFamily::Tiled`](crate::ops::kernel_family::KernelFamily::Tiled).
//!
//! One is that of the weights, `[depth, outputs]`, where the depth is that of the sum: input channels times taps of the
//! kernel. The other, `[depth, pixels]`, is never made (hence _implicit_ GEMM; Chellapilla et al. 2006 made it, Chetlur
//! et al. 2014, "cuDNN", do not): its values are found in the input as they are needed. Pixels are those of all batch
//! entries, so that only the last tile is cut off. Sums have single precision, whatever the precision of inputs and
//! outputs, but for the few products of a step where all of these have half precision.

mod ending;
mod gather;
mod kernel;
mod tile;

use crate::ops::activation::{Activation, Bounds};
use crate::ops::conv2d::{ConvSpec, Padding};
use crate::ops::gpu::padding::Window;
use crate::ops::gpu::workgroup::{WORKGROUP, float_of};
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::ir::FloatKind;
use cubecl::{calculate_cube_count_elemwise, prelude::*};
pub(in crate::ops) use ending::{Ending, finished};
use ending::{EndingLaunch, add_parts};
use gather::{Order, Source};
use kernel::{OperandsLaunch, Plan, Weights, product_kernel};
pub(in crate::ops) use tile::MAX_TILE_PIXELS;
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

/// The kernel of a product of matrices.
const PIXEL: Window = Window { side: 1, stride: 1, padding: Padding::Half };

fn order(inputs: usize) -> Order {
    if inputs.is_multiple_of(DEPTH) { Order::Taps } else { Order::Channels }
}

impl Product {
    /// The convolution.
    pub(in crate::ops) fn convolve(self, spec: ConvSpec) -> CubeTensor {
        let [_, inputs, side, _] = self.weight.meta.shape().dims();
        let window = Window { side, stride: spec.stride, padding: spec.padding };
        let source = Source { window, order: order(inputs), is_linear: false };
        let weight = pack(self.weight);
        Product { weight, ..self }.compute(Weights::Shared, source, spec.activation)
    }

    /// The linear layer, where height, width and kernel are 1.
    pub(in crate::ops) fn multiply(self, activation: Activation) -> CubeTensor {
        let source = Source { window: PIXEL, order: Order::Channels, is_linear: true };
        let weight = pack(self.weight);
        Product { weight, ..self }.compute(Weights::Shared, source, activation)
    }

    /// For each batch entry the product of its own weight, `[inputs, outputs]` of `[n, inputs, outputs]` in memory, and its
    /// pixels, whose number is a multiple of [`MAX_TILE_PIXELS`], so that no tile has those of two.
    pub(in crate::ops) fn multiply_each(self) -> CubeTensor {
        let source = Source { window: PIXEL, order: order(self.weight.meta.shape()[1]), is_linear: false };
        self.compute(Weights::OfEntries, source, Activation::None)
    }

    /// With a weight that is laid out as the kernel reads it.
    fn compute(self, weights: Weights, source: Source, activation: Activation) -> CubeTensor {
        let weight = self.weight;
        let [input, bias] = [self.input, self.bias].map(into_contiguous);
        let [shortcut, scores] = [self.shortcut, self.scores].map(|tensor| tensor.map(into_contiguous));
        let client = input.client.clone();
        let [n, inputs, height, width] = input.meta.shape().dims();
        let outputs = weight.meta.shape()[0];
        let tile = Tile::for_channels(outputs);
        let Window { side, stride, .. } = source.window;
        let shape = Shape::new([n, outputs, height.div_ceil(stride), width.div_ceil(stride)]);
        let pixels = shape.num_elements() / outputs;
        let output = empty_device_dtype(client.clone(), input.device.clone(), shape, bias.dtype);
        // Not the first layer's, whose image has single precision, nor the predictors', whose outputs have.
        let in_half = [&input, &weight, &bias].iter().all(|operand| operand.dtype == DType::F16);
        let plan = Plan { tile, source, weights, in_half };
        let [of_input, of_weight, of_output] = [&input, &weight, &bias].map(float_of);
        let of_products = ElemType::Float(if in_half { FloatKind::F16 } else { FloatKind::F32 });
        let width_of_loads = if outputs.is_multiple_of(4) { 4 } else { 1 };
        let tiles = (outputs.div_ceil(tile.channels), pixels.div_ceil(tile.pixels));
        let parts = parts(tiles.0 * tiles.1, inputs * side * side);
        let partials = if parts == 1 { Shape::new([1, 1]) } else { Shape::new([parts, pixels * outputs]) };
        let partials = empty_device_dtype(client.clone(), output.device.clone(), partials, DType::F32);
        let scores = scores.map(CubeTensor::into_tensor_arg);
        // SAFETY: the kernels clamp what they read and check what they write, against the shapes of these tensors.
        unsafe {
            product_kernel::launch_unchecked(
                &client,
                workgroups(&client, tiles, parts),
                CubeDim::new_1d(tile.threads() as u32),
                width_of_loads,
                OperandsLaunch::new(
                    input.into_tensor_arg(),
                    weight.into_tensor_arg(),
                    ending(&bias, &shortcut, activation),
                    scores.into(),
                ),
                output.clone().into_tensor_arg(),
                partials.clone().into_tensor_arg(),
                parts,
                plan,
                [of_input, of_weight, of_output, of_products],
            );
            if parts > 1 {
                add_parts::launch_unchecked(
                    &client,
                    calculate_cube_count_elemwise(&client, pixels * outputs, WORKGROUP),
                    WORKGROUP,
                    partials.into_tensor_arg(),
                    ending(&bias, &shortcut, activation),
                    output.clone().into_tensor_arg(),
                    of_output,
                );
            }
        }
        output
    }
}

/// What becomes of the sums of products, in kernels of their own as well.
pub(in crate::ops) fn ending<O: Float>(
    bias: &CubeTensor,
    shortcut: &Option<CubeTensor>,
    activation: Activation,
) -> EndingLaunch<O> {
    let shortcut = shortcut.clone().map(CubeTensor::into_tensor_arg);
    let Bounds { min, max } = activation.bounds();
    EndingLaunch::new(bias.clone().into_tensor_arg(), shortcut.into(), min, max)
}

/// The number of workgroups from which on a large GPU is busy: two or three for each of the 132 multiprocessors of an
/// H100, of 128 threads each.
const ENOUGH_WORKGROUPS: usize = 384;
/// Steps of a part at least: with fewer, adding the parts would take longer than it saves.
const MIN_STEPS: usize = 8;

/// In how many parts sums of `depth` products are computed, where there are this many tiles. None is empty.
fn parts(tiles: usize, depth: usize) -> usize {
    let steps = depth.div_ceil(DEPTH);
    let wanted = ENOUGH_WORKGROUPS.div_ceil(tiles.max(1)).min(steps / MIN_STEPS).max(1);
    steps.div_ceil(steps.div_ceil(wanted))
}

/// A workgroup for each part of each tile, of which there are this many along the channels and along the pixels: those of
/// the same pixels are neighbours, as they load the same values of the input.
fn workgroups(client: &Client, (across, down): (usize, usize), parts: usize) -> CubeCount {
    let most = client.properties().hardware.max_cube_count.1 as usize;
    let deep = down.div_ceil(most).max(1);
    CubeCount::Static(across as u32, down.div_ceil(deep) as u32, (deep * parts) as u32)
}
