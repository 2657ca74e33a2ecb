//! The gradients of [`add_upsampled`](crate::ops::upsample::add_upsampled) on the GPU.

use crate::ops::autodiff::upsample::UpsampleGradient;
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{FloatDType, Shape, Slice};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl UpsampleGradient for CubeBackend {
    fn coarse_gradient(gradient: CubeTensor, shape: Shape) -> CubeTensor {
        let [n, channels, rows, columns] = shape.dims();
        let whole = Shape::new([n, channels, rows * 2, columns * 2]);
        let inside: Vec<Slice> = gradient.shape().iter().map(|&length| Slice::from(0..length)).collect();
        let zeros = Self::float_zeros(whole, &gradient.device(), FloatDType::F32);
        let gradient = Self::float_slice_assign(zeros, &inside, gradient);
        let cells = Self::float_reshape(gradient, Shape::new([n, channels, rows, 2, columns, 2]));
        Self::float_reshape(Self::float_sum_dims(cells, &[3, 5]), shape)
    }
}
