//! [`add_upsampled`](super::add_upsampled) on the GPU: a view of the cells, four times each.

use super::UpsampleBackend;
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{Shape, Slice};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl UpsampleBackend for CubeBackend {
    fn add_upsampled(fine: CubeTensor, coarse: CubeTensor) -> CubeTensor {
        let [n, channels, rows, columns] = coarse.shape().dims();
        let cells = Self::float_reshape(coarse, Shape::new([n, channels, rows, 1, columns, 1]));
        let cells = Self::float_expand(cells, Shape::new([n, channels, rows, 2, columns, 2]));
        let doubled = Self::float_reshape(cells, Shape::new([n, channels, rows * 2, columns * 2]));
        let shape = fine.shape();
        let inside: Vec<Slice> = shape.iter().map(|&length| Slice::from(0..length)).collect();
        Self::float_add(fine, Self::float_slice(doubled, &inside))
    }
}
