//! [`conv2d`](crate::ops::conv2d::conv2d) on the GPU, in the kernels of the family that the device runs.

mod portable;
mod winograd;

use crate::ops::activation::Activation;
use crate::ops::conv2d::algorithm::ConvAlgorithm;
use crate::ops::conv2d::{Conv2dBackend, ConvSpec, Padding};
use crate::ops::gpu::tiled_product::{Product, pack};
use crate::ops::kernel_family::KernelFamily;
use crate::ops::layer_shapes::{LayerKind, LayerShape};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl Conv2dBackend for CubeBackend {
    fn packed(weight: CubeTensor) -> CubeTensor {
        match KernelFamily::of_client(&weight.client) {
            KernelFamily::Portable => weight,
            KernelFamily::Tiled => pack(weight),
        }
    }

    fn conv2d_bias(input: CubeTensor, weight: CubeTensor, bias: CubeTensor, spec: ConvSpec) -> CubeTensor {
        convolve(Product { input, weight, bias, shortcut: None, scores: None }, spec)
    }

    fn residual_conv2d(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        shortcut: CubeTensor,
        stride: usize,
    ) -> CubeTensor {
        let product = Product { input, weight, bias, shortcut: Some(shortcut), scores: None };
        convolve(product, ConvSpec { stride, padding: Padding::Half, activation: Activation::Relu })
    }

    fn present_conv2d(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        scores: CubeTensor,
        activation: Activation,
    ) -> CubeTensor {
        let product = Product { input, weight, bias, shortcut: None, scores: Some(scores) };
        convolve(product, ConvSpec::plain(activation))
    }
}

fn convolve(product: Product, spec: ConvSpec) -> CubeTensor {
    match KernelFamily::of_client(&product.input.client) {
        KernelFamily::Portable => portable::convolve(product, spec),
        KernelFamily::Tiled => match ConvAlgorithm::of(&layer(&product, spec), product.input.dtype) {
            ConvAlgorithm::Direct => product.convolve(spec),
            ConvAlgorithm::Winograd => winograd::convolve(product, spec.activation),
        },
    }
}

fn layer(product: &Product, spec: ConvSpec) -> LayerShape {
    let kind = match product {
        Product { scores: Some(_), .. } => LayerKind::Present,
        Product { shortcut: Some(_), .. } => LayerKind::Residual,
        Product { .. } => LayerKind::Convolution,
    };
    let [n, inputs, height, width] = product.input.meta.shape().dims();
    let [outputs, _, kernel, _] = product.weight.meta.shape().dims();
    LayerShape { kind, n, inputs, outputs, height, width, kernel, stride: spec.stride }
}
