//! [`linear`](crate::ops::linear::linear) on the GPU, in the kernels of the family that the device runs.

mod portable;

use crate::ops::activation::Activation;
use crate::ops::gpu::tiled_product::Product;
use crate::ops::kernel_family::KernelFamily;
use crate::ops::linear::LinearBackend;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};

impl LinearBackend for CubeBackend {
    fn linear_bias(input: CubeTensor, weight: CubeTensor, bias: CubeTensor, activation: Activation) -> CubeTensor {
        match KernelFamily::of_client(&input.client) {
            KernelFamily::Portable => portable::multiply([input, weight, bias], activation),
            KernelFamily::Tiled => multiply([input, weight, bias], activation),
        }
    }
}

/// The layer as a convolution of images of one pixel. Its weight lies as that of one is packed.
fn multiply(operands: [CubeTensor; 3], activation: Activation) -> CubeTensor {
    let [input, weight, bias] = operands.map(into_contiguous);
    let [n, inputs] = input.meta.shape().dims();
    let outputs = weight.meta.shape()[1];
    let input = CubeBackend::float_reshape(input, Shape::new([n, inputs, 1, 1]));
    let weight = CubeBackend::float_reshape(weight, Shape::new([1, 1, inputs, outputs]));
    let weight = CubeBackend::float_permute(weight, &[3, 2, 0, 1]);
    let product = Product { input, weight, bias, shortcut: None, scores: None };
    let output = product.multiply(activation);
    CubeBackend::float_reshape(output, Shape::new([n, outputs]))
}
