//! The gradient of [`pixel_shuffle`](crate::ops::pixel_shuffle::pixel_shuffle) on the GPU.

use crate::ops::autodiff::pixel_shuffle::PixelShuffleGradient;
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl PixelShuffleGradient for CubeBackend {
    fn pixel_unshuffle(gradient: CubeTensor) -> CubeTensor {
        let [n, channels, height, width] = gradient.shape().dims();
        let (height, width) = (height / 2, width / 2);
        let blocks = Self::float_reshape(gradient, Shape::new([n, channels, height, 2, width, 2]));
        let blocks = Self::float_permute(blocks, &[0, 1, 3, 5, 2, 4]);
        Self::float_reshape(blocks, Shape::new([n, channels * 4, height, width]))
    }
}
