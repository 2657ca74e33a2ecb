//! The gradients of [`linear`](crate::ops::linear::linear): matrix products again, on every backend.

use crate::ops::activation::Activation;
use crate::ops::autodiff::activation::gradient_before;
use crate::ops::linear::LinearBackend;
use burn::backend::{Autodiff, Backend, TensorMetadata, tensor::FloatTensor};
use burn::tensor::Shape;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// What the backward pass needs of the forward pass.
#[derive(Debug, Clone)]
struct Saved<B: Backend> {
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    /// The output, if an activation follows: where it is at a bound, no gradient passes.
    output: Option<FloatTensor<B>>,
    activation: Activation,
}

#[derive(Debug)]
struct LinearBackward;

impl<B: LinearBackend> Backward<B, 3> for LinearBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [input, weight, bias] = ops.parents;
        let saved = ops.state;
        let gradient = gradient_before::<B>(saved.activation, saved.output, grads.consume::<B>(&ops.node));
        if let Some(input) = input {
            let transposed = B::float_transpose(saved.weight);
            grads.register::<B>(input.id, B::float_matmul(gradient.clone(), transposed));
        }
        if let Some(weight) = weight {
            let transposed = B::float_transpose(saved.input);
            grads.register::<B>(weight.id, B::float_matmul(transposed, gradient.clone()));
        }
        if let Some(bias) = bias {
            let outputs = gradient.shape()[1];
            let sum = B::float_sum_dim(gradient, 0);
            grads.register::<B>(bias.id, B::float_reshape(sum, Shape::new([outputs])));
        }
    }
}

impl<B: LinearBackend, C: CheckpointStrategy> LinearBackend for Autodiff<B, C> {
    fn linear_bias(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node(), bias.node()];
        let (input, weight, bias) = (input.into_primitive(), weight.into_primitive(), bias.into_primitive());
        let forward = |input, weight| B::linear_bias(input, weight, bias, activation);
        match LinearBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = forward(input.clone(), weight.clone());
                let kept = (activation != Activation::None).then(|| output.clone());
                prepared.finish(Saved { input, weight, output: kept, activation }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(forward(input, weight)),
        }
    }
}
