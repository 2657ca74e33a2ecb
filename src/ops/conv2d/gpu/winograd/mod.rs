//! 3×3 convolutions with a stride of 1 by Winograd's algorithm F(2×2, 3×3) (Lavin and Gray 2016, "Fast Algorithms for
//! Convolutional Neural Networks").
//!
//! The output is cut into tiles of 2×2 pixels, each computed from 4×4 of the input, `d`, and the kernel `g` of each
//! pair of channels: `Aᵀ (Σ (G g Gᵀ) ∘ (Bᵀ d B)) A`. The sum over the input channels of one of the 16 places of a tile is a
//! product of two matrices, `[inputs, outputs]` and `[inputs, tiles]`; the [tiled product](crate::ops::gpu::tiled_product)
//! computes all 16 in one launch. So there are 16 products where the definition has 36.
//!
//! All that is between has single precision, whatever that of inputs, weights and outputs: the transforms, whose coefficients
//! are 1 and ½, amplify rounding. The kernel is transformed at each call: transformed it is 16/9 as large, and which
//! layers need it is not known where weights are packed.

mod transforms;

use crate::ops::activation::Activation;
use crate::ops::gpu::tiled_product::{MAX_TILE_PIXELS, Product, ending};
use crate::ops::gpu::workgroup::{WORKGROUP, float_of};
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{DType, FloatDType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::calculate_cube_count_elemwise;
use transforms::{PartLaunch, SIDE, SPAN, winograd_input, winograd_output, winograd_weight};

/// Bytes of the transformed input at most, and of its products with the kernels: where there is more, the
/// layer is computed in parts one after the other, which take the same memory. A GPU is busy with much less, and WebGPU
/// guarantees buffers of 128 MiB. A part has [`MAX_TILE_PIXELS`] tiles at least: more than this bound with 4096 channels.
const MAX_BYTES: usize = 32 << 20;

/// The convolution, of all batch entries: without `scores`.
pub(super) fn convolve(product: Product, activation: Activation) -> CubeTensor {
    let Product { input, weight, bias, shortcut, .. } = product;
    let [input, bias] = [input, bias].map(into_contiguous);
    let shortcut = shortcut.map(into_contiguous);
    let client = input.client.clone();
    let empty = |shape, dtype| empty_device_dtype(client.clone(), input.device.clone(), Shape::new(shape), dtype);
    let [n, inputs, height, width] = input.meta.shape().dims();
    let outputs = bias.meta.shape()[0];
    let output = empty([n, outputs, height, width], bias.dtype);
    let weight = transformed(weight);
    let no_bias = CubeBackend::float_zeros(Shape::new([outputs]), &input.device, FloatDType::F32);
    let tiles = n * height.div_ceil(SIDE) * width.div_ceil(SIDE);
    let length = part_length(tiles, inputs.max(outputs));
    for first in (0..tiles).step_by(length) {
        let count = length.min(tiles - first);
        let columns = empty([SPAN * SPAN, inputs, 1, count.next_multiple_of(MAX_TILE_PIXELS)], DType::F32);
        // SAFETY: the kernels clamp what they read and check what they write, against the shapes of these tensors.
        unsafe {
            winograd_input::launch_unchecked(
                &client,
                calculate_cube_count_elemwise(&client, inputs * count, WORKGROUP),
                WORKGROUP,
                input.clone().into_tensor_arg(),
                columns.clone().into_tensor_arg(),
                PartLaunch::new(first, count),
                float_of(&input),
            );
        }
        let (weight, bias_of_products) = (weight.clone(), no_bias.clone());
        let products = Product { input: columns, weight, bias: bias_of_products, shortcut: None, scores: None };
        let products = products.multiply_each();
        // SAFETY: as above.
        unsafe {
            winograd_output::launch_unchecked(
                &client,
                calculate_cube_count_elemwise(&client, outputs * count, WORKGROUP),
                WORKGROUP,
                products.into_tensor_arg(),
                ending(&bias, &shortcut, activation),
                output.clone().into_tensor_arg(),
                PartLaunch::new(first, count),
                float_of(&bias),
            );
        }
    }
    output
}

/// The kernels transformed, `[outputs, inputs, 4, 4]`, laid out as [`Product::multiply_each`] reads them.
fn transformed(weight: CubeTensor) -> CubeTensor {
    let client = weight.client.clone();
    let [outputs, inputs, ..] = weight.meta.shape().dims::<4>();
    let shape = Shape::new([SPAN, SPAN, inputs, outputs]);
    let output = empty_device_dtype(client.clone(), weight.device.clone(), shape, DType::F32);
    let float = float_of(&weight);
    // SAFETY: as in `convolve`.
    unsafe {
        winograd_weight::launch_unchecked(
            &client,
            calculate_cube_count_elemwise(&client, inputs * outputs, WORKGROUP),
            WORKGROUP,
            weight.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            float,
        );
    }
    CubeBackend::float_permute(output, &[3, 2, 0, 1])
}

/// Tiles of each part but the last, where the wider tensor has this many channels.
fn part_length(tiles: usize, channels: usize) -> usize {
    let bytes = SPAN * SPAN * size_of::<f32>() * channels;
    let most = (MAX_BYTES / bytes / MAX_TILE_PIXELS).max(1) * MAX_TILE_PIXELS;
    let parts = tiles.div_ceil(most).max(1);
    tiles.div_ceil(parts).max(1).next_multiple_of(MAX_TILE_PIXELS)
}
