//! The gradient of [`pixel_shuffle`](crate::ops::pixel_shuffle::pixel_shuffle): the way back.

use crate::ops::pixel_shuffle::PixelShuffleBackend;
use burn::backend::{Autodiff, tensor::FloatTensor};
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind, unary};

/// What a backend provides for the gradient of [`pixel_shuffle`](crate::ops::pixel_shuffle::pixel_shuffle).
pub trait PixelShuffleGradient: PixelShuffleBackend {
    /// `[n, channels × 4, height, width]` from `[n, channels, height × 2, width × 2]`.
    fn pixel_unshuffle(gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

#[derive(Debug)]
struct PixelShuffleBackward;

impl<B: PixelShuffleGradient> Backward<B, 1> for PixelShuffleBackward {
    type State = ();

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        unary::<B, _>(ops.parents, ops.node, grads, B::pixel_unshuffle);
    }
}

impl<B: PixelShuffleGradient, C: CheckpointStrategy> PixelShuffleBackend for Autodiff<B, C> {
    fn pixel_shuffle(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let (input, node) = input.into_parts();
        let output = B::pixel_shuffle(input);
        match PixelShuffleBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}
