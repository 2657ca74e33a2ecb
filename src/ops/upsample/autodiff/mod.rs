//! The gradients of [`add_upsampled`](crate::ops::upsample::add_upsampled).

use crate::ops::upsample::UpsampleBackend;
use burn::backend::{Autodiff, TensorMetadata, tensor::FloatTensor};
use burn::tensor::Shape;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// What a backend provides for the gradients of [`add_upsampled`](crate::ops::upsample::add_upsampled).
pub trait UpsampleGradient: UpsampleBackend {
    /// The gradient of `coarse`, of this shape: each pixel's sum of up to four of the output.
    fn coarse_gradient(gradient: FloatTensor<Self>, shape: Shape) -> FloatTensor<Self>;
}

#[derive(Debug)]
struct UpsampleBackward;

impl<B: UpsampleGradient> Backward<B, 2> for UpsampleBackward {
    /// The shape of `coarse`.
    type State = Shape;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [fine, coarse] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node);
        if let Some(coarse) = coarse {
            grads.register::<B>(coarse.id, B::coarse_gradient(gradient.clone(), ops.state));
        }
        if let Some(fine) = fine {
            grads.register::<B>(fine.id, gradient);
        }
    }
}

impl<B: UpsampleGradient, C: CheckpointStrategy> UpsampleBackend for Autodiff<B, C> {
    fn add_upsampled(fine: FloatTensor<Self>, coarse: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((fine, fine_node), (coarse, coarse_node)) = (fine.into_parts(), coarse.into_parts());
        let shape = coarse.shape();
        let output = B::add_upsampled(fine, coarse);
        match UpsampleBackward.prepare::<C>([fine_node, coarse_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(shape, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}
