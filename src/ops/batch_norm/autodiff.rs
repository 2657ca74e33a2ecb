//! The gradients of [`batch_norm`](crate::ops::batch_norm::batch_norm); the input's also flows through the statistics.

use crate::ops::activation::Activation;
use crate::ops::batch_norm::BatchNormBackend;
use burn::backend::{Autodiff, AutodiffBackend, Backend, tensor::FloatTensor};
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// What a backend provides for the gradients of [`batch_norm`](crate::ops::batch_norm::batch_norm).
pub trait BatchNormGradient: BatchNormBackend {
    /// The gradients of input, weight and bias from the output's.
    fn normalise_batch_gradients(saved: BatchNormSaved<Self>, gradient: FloatTensor<Self>) -> [FloatTensor<Self>; 3];
}

/// What the backward pass needs of the forward pass.
#[derive(Debug, Clone)]
pub struct BatchNormSaved<B: Backend> {
    /// The input.
    pub input: FloatTensor<B>,
    /// The weight.
    pub weight: FloatTensor<B>,
    /// The means.
    pub mean: FloatTensor<B>,
    /// The biased variances.
    pub variance: FloatTensor<B>,
    /// What was added to the variances.
    pub eps: f64,
    /// The output, if an activation follows: where it is at a bound, no gradient passes.
    pub output: Option<FloatTensor<B>>,
    /// What follows.
    pub activation: Activation,
}

#[derive(Debug)]
struct BatchNormBackward;

impl<B: BatchNormGradient> Backward<B, 3> for BatchNormBackward {
    type State = BatchNormSaved<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let gradients = B::normalise_batch_gradients(ops.state, gradient);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

impl<B: BatchNormGradient, C: CheckpointStrategy> BatchNormBackend for Autodiff<B, C> {
    fn normalise_batch(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        eps: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [input.node(), weight.node(), bias.node()];
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.into_primitive());
        let (output, mean, variance) = B::normalise_batch(input.clone(), weight.clone(), bias, eps, activation);
        let statistics = [mean.clone(), variance.clone()].map(Self::from_inner);
        let output = match BatchNormBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let kept = (activation != Activation::None).then(|| output.clone());
                prepared.finish(BatchNormSaved { input, weight, mean, variance, eps, output: kept, activation }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        let [mean, variance] = statistics;
        (output, mean, variance)
    }
}
