//! Tensors one after the other.

use burn::tensor::Tensor;

/// Joins tensors along a dimension; a single one comes back as it is, without a copy. `tensors` is
/// not empty.
pub fn join<const D: usize>(mut tensors: Vec<Tensor<D>>, dim: usize) -> Tensor<D> {
    if tensors.len() == 1 { tensors.remove(0) } else { Tensor::cat(tensors, dim) }
}
