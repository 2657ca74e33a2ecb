//! The gradients of [`conv2d`](crate::ops::conv2d::conv2d).

use crate::ops::activation::Activation;
use crate::ops::conv2d::{Conv2dBackend, ConvSpec, Padding};
use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::backend::{Autodiff, Backend, tensor::FloatTensor};
use burn_autodiff::NodeId;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// What a backend provides for the gradients of [`conv2d`](crate::ops::conv2d::conv2d).
pub trait Conv2dGradient: Conv2dBackend {
    /// The gradients that are `wanted`.
    ///
    /// `gradient` is the output's.
    fn conv2d_gradients(saved: Conv2dSaved<Self>, gradient: FloatTensor<Self>, wanted: Wanted)
    -> Conv2dGradients<Self>;
}

/// What the backward pass needs of the forward pass.
#[derive(Debug, Clone)]
pub struct Conv2dSaved<B: Backend> {
    /// The input.
    pub input: FloatTensor<B>,
    /// The weight.
    pub weight: FloatTensor<B>,
    /// The output, if an activation follows: where it is at a bound, no gradient passes.
    pub output: Option<FloatTensor<B>>,
    /// How the convolution ran.
    pub spec: ConvSpec,
}

/// Which gradients the graph needs.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The input's: not for images.
    pub input: bool,
    /// The weight's: not if it is frozen.
    pub weight: bool,
    /// The bias's.
    pub bias: bool,
}

/// The gradients of a convolution's inputs, in their shapes.
#[derive(Debug)]
pub struct Conv2dGradients<B: Backend> {
    /// The input's.
    pub input: Option<FloatTensor<B>>,
    /// The weight's.
    pub weight: Option<FloatTensor<B>>,
    /// The bias's.
    pub bias: Option<FloatTensor<B>>,
}

impl Wanted {
    /// Those of the parents, input, weight and bias, that the graph has.
    pub(in crate::ops) fn of([input, weight, bias]: &[Option<NodeId>; 3]) -> Self {
        Self { input: input.is_some(), weight: weight.is_some(), bias: bias.is_some() }
    }
}

impl<B: Backend> Conv2dGradients<B> {
    /// Gives each to its parent: input, weight and bias.
    pub(in crate::ops) fn register(self, parents: [Option<NodeId>; 3], grads: &mut Gradients) {
        for (parent, gradient) in parents.into_iter().zip([self.input, self.weight, self.bias]) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(parent, gradient);
            }
        }
    }
}

#[derive(Debug)]
struct Conv2dBackward;

impl<B: Conv2dGradient> Backward<B, 3> for Conv2dBackward {
    type State = Conv2dSaved<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let parents = ops.parents.map(|parent| parent.map(|parent| parent.id));
        B::conv2d_gradients(ops.state, gradient, Wanted::of(&parents)).register(parents, grads);
    }
}

impl<B: Conv2dGradient, C: CheckpointStrategy> Conv2dBackend for Autodiff<B, C> {
    fn packed(weight: FloatTensor<Self>) -> FloatTensor<Self> {
        weight
    }

    fn conv2d_bias(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: ConvSpec,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node(), bias.node()];
        let (input, weight, bias) = (input.into_primitive(), weight.into_primitive(), bias.into_primitive());
        let forward = |input, weight| B::conv2d_bias(input, weight, bias, spec);
        match Conv2dBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = forward(input.clone(), weight.clone());
                let kept = (spec.activation != Activation::None).then(|| output.clone());
                prepared.finish(Conv2dSaved { input, weight, output: kept, spec }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(forward(input, weight)),
        }
    }

    fn residual_conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self> {
        let spec = ConvSpec { stride, padding: Padding::Half, activation: Activation::None };
        Self::relu(Self::float_add(Self::conv2d_bias(input, weight, bias, spec), shortcut))
    }

    fn present_conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        _scores: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        Self::conv2d_bias(input, weight, bias, ConvSpec::plain(activation))
    }
}
