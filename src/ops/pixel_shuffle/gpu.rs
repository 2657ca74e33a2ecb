//! [`pixel_shuffle`](super::pixel_shuffle) on the GPU: another order of the same values.

use super::PixelShuffleBackend;
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl PixelShuffleBackend for CubeBackend {
    fn pixel_shuffle(input: CubeTensor) -> CubeTensor {
        let [n, channels, height, width] = input.shape().dims();
        let channels = channels / 4;
        let blocks = Self::float_reshape(input, Shape::new([n, channels, 2, 2, height, width]));
        let blocks = Self::float_permute(blocks, &[0, 1, 4, 2, 5, 3]);
        Self::float_reshape(blocks, Shape::new([n, channels, height * 2, width * 2]))
    }
}
