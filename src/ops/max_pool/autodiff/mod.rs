//! The gradients of [`max_pool`](crate::ops::max_pool::max_pool), which goes to the first pixel of each window, row by
//! row, that has its maximum, and of [`subsample`](crate::ops::max_pool::subsample), a slice's.

use crate::ops::max_pool::{MaxPoolBackend, every_second};
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Autodiff, TensorMetadata, tensor::FloatTensor};
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind, unary};

/// What a backend provides for the gradient of [`max_pool`](crate::ops::max_pool::max_pool).
pub trait MaxPoolGradient: MaxPoolBackend {
    /// The input's gradient from the output's.
    fn max_pool_gradient(
        input: FloatTensor<Self>,
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

#[derive(Debug)]
struct MaxPoolBackward;

impl<B: MaxPoolGradient> Backward<B, 1> for MaxPoolBackward {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (input, output) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| B::max_pool_gradient(input, output, gradient));
    }
}

impl<B: MaxPoolGradient, C: CheckpointStrategy> MaxPoolBackend for Autodiff<B, C> {
    fn max_pool(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let (input, node) = input.into_parts();
        match MaxPoolBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::max_pool(input.clone());
                prepared.finish((input, output.clone()), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::max_pool(input)),
        }
    }

    fn subsample(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let slices = every_second(&input.shape());
        Self::float_slice(input, &slices)
    }
}
