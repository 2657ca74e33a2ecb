//! The gradient of [`subsample`](super::subsample): a slice's.

use super::{SubsampleBackend, slices};
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Autodiff, TensorMetadata, tensor::FloatTensor};
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;

impl<B: SubsampleBackend, C: CheckpointStrategy> SubsampleBackend for Autodiff<B, C> {
    fn subsample(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let slices = slices(&input.shape());
        Self::float_slice(input, &slices)
    }
}
