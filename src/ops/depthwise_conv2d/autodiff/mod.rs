//! The gradients of [`depthwise_conv2d`](crate::ops::depthwise_conv2d::depthwise_conv2d).

use crate::ops::activation::Activation;
use crate::ops::autodiff::conv2d::{Conv2dGradients, Conv2dSaved, Wanted};
use crate::ops::conv2d::ConvSpec;
use crate::ops::depthwise_conv2d::DepthwiseConv2dBackend;
use burn::backend::{Autodiff, tensor::FloatTensor};
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// What a backend provides for the gradients of
/// [`depthwise_conv2d`](crate::ops::depthwise_conv2d::depthwise_conv2d).
pub trait DepthwiseConv2dGradient: DepthwiseConv2dBackend {
    /// The gradients that are `wanted`.
    ///
    /// `gradient` is the output's.
    fn depthwise_conv2d_gradients(
        saved: Conv2dSaved<Self>,
        gradient: FloatTensor<Self>,
        wanted: Wanted,
    ) -> Conv2dGradients<Self>;
}

#[derive(Debug)]
struct DepthwiseConv2dBackward;

impl<B: DepthwiseConv2dGradient> Backward<B, 3> for DepthwiseConv2dBackward {
    type State = Conv2dSaved<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let parents = ops.parents.map(|parent| parent.map(|parent| parent.id));
        B::depthwise_conv2d_gradients(ops.state, gradient, Wanted::of(&parents)).register(parents, grads);
    }
}

impl<B: DepthwiseConv2dGradient, C: CheckpointStrategy> DepthwiseConv2dBackend for Autodiff<B, C> {
    fn depthwise_conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: ConvSpec,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node(), bias.node()];
        let (input, weight, bias) = (input.into_primitive(), weight.into_primitive(), bias.into_primitive());
        let forward = |input, weight| B::depthwise_conv2d(input, weight, bias, spec);
        match DepthwiseConv2dBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = forward(input.clone(), weight.clone());
                let kept = (spec.activation != Activation::None).then(|| output.clone());
                prepared.finish(Conv2dSaved { input, weight, output: kept, spec }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(forward(input, weight)),
        }
    }
}
