//! The gradients of [`roi_align`](super::roi_align): to the levels, none to the boxes.

mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use super::RoiAlignBackend;
use burn::backend::{Autodiff, Backend, TensorMetadata, tensor::FloatTensor};
use burn::tensor::Shape;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// What a backend provides for the gradients of [`roi_align`](super::roi_align).
pub trait RoiAlignGradient: RoiAlignBackend {
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
    /// Samples a side in each cell.
    pub sampling_ratio: usize,
    /// Where a pixel's value is, see [`roi_align`](super::roi_align).
    pub aligned: bool,
}

#[derive(Debug)]
struct RoiAlignBackward;

impl<B: RoiAlignGradient> Backward<B, 4> for RoiAlignBackward {
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

impl<B: RoiAlignGradient, C: CheckpointStrategy> RoiAlignBackend for Autodiff<B, C> {
    fn roi_align(
        p2: FloatTensor<Self>,
        p3: FloatTensor<Self>,
        p4: FloatTensor<Self>,
        p5: FloatTensor<Self>,
        boxes: FloatTensor<Self>,
        scales: [f32; 4],
        size: usize,
        sampling_ratio: usize,
        aligned: bool,
    ) -> FloatTensor<Self> {
        let nodes = [p2.node(), p3.node(), p4.node(), p5.node()];
        let [p2, p3, p4, p5] = [p2, p3, p4, p5].map(|level| level.into_primitive());
        let levels = [&p2, &p3, &p4, &p5].map(|level| level.shape());
        let boxes = boxes.into_primitive();
        let output = B::roi_align(p2, p3, p4, p5, boxes.clone(), scales, size, sampling_ratio, aligned);
        match RoiAlignBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                prepared.finish(RoiAlignSaved { levels, boxes, scales, sampling_ratio, aligned }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}
