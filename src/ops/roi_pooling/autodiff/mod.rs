//! The gradients of [`roi_pooling`](crate::ops::roi_pooling::roi_pooling) with RoIAlign: to the levels, none to the boxes.

use crate::ops::roi_pooling::{Pooling, PoolingMethod, PyramidTensors, RoiPoolingBackend, Sampling};
use burn::backend::{Autodiff, AutodiffBackend, Backend, TensorMetadata, tensor::FloatTensor};
use burn::tensor::Shape;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// What a backend provides for the gradients of [`roi_pooling`](crate::ops::roi_pooling::roi_pooling).
pub trait RoiPoolingGradient: RoiPoolingBackend {
    /// The levels' gradients, in their shapes, from the output's.
    fn roi_align_gradients(saved: RoiAlignSaved<Self>, gradient: FloatTensor<Self>) -> [FloatTensor<Self>; 4];
}

/// What the backward pass needs of the forward pass.
#[derive(Debug, Clone)]
pub struct RoiAlignSaved<B: Backend> {
    /// The shapes of the levels.
    pub levels: [Shape; 4],
    /// The boxes.
    pub boxes: FloatTensor<B>,
    /// The levels' scales.
    pub scales: [f32; 4],
    /// Where the samples are.
    pub sampling: Sampling,
}

#[derive(Debug)]
struct RoiAlignBackward;

impl<B: RoiPoolingGradient> Backward<B, 4> for RoiAlignBackward {
    type State = RoiAlignSaved<B>;

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let gradients = B::roi_align_gradients(ops.state, gradient);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

impl<B: RoiPoolingGradient, C: CheckpointStrategy> RoiPoolingBackend for Autodiff<B, C> {
    fn roi_pooling(pyramid: PyramidTensors<Self>, boxes: FloatTensor<Self>, pooling: Pooling) -> FloatTensor<Self> {
        let PyramidTensors { p2, p3, p4, p5, scales } = pyramid;
        let nodes = [p2.node(), p3.node(), p4.node(), p5.node()];
        let [p2, p3, p4, p5] = [p2, p3, p4, p5].map(|level| level.into_primitive());
        let levels = [&p2, &p3, &p4, &p5].map(|level| level.shape());
        let boxes = boxes.into_primitive();
        let output = B::roi_pooling(PyramidTensors { p2, p3, p4, p5, scales }, boxes.clone(), pooling);
        let PoolingMethod::Align(sampling) = pooling.method else { return Self::from_inner(output) };
        match RoiAlignBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(RoiAlignSaved { levels, boxes, scales, sampling }, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}
