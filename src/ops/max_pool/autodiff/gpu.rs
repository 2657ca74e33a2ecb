//! The gradient of [`max_pool`](crate::ops::max_pool::max_pool) on the GPU: burn's own.

use crate::ops::autodiff::max_pool::MaxPoolGradient;
use burn::backend::ops::ModuleOps;
use burn::tensor::IntDType;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl MaxPoolGradient for CubeBackend {
    fn max_pool_gradient(input: CubeTensor, _: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        let (kernel, stride, padding, dilation) = ([3, 3], [2, 2], [1, 1], [1, 1]);
        let pooled =
            Self::max_pool2d_with_indices(input.clone(), kernel, stride, padding, dilation, false, IntDType::I32);
        let indices = pooled.indices;
        Self::max_pool2d_with_indices_backward(input, kernel, stride, padding, dilation, false, gradient, indices)
            .x_grad
    }
}
