//! The layers of the region proposal network (`RPNHead` in `torchvision/models/detection/rpn.py`).

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::config::Norm;
use crate::model::backbone::FeaturePyramid;
use crate::model::convolution::{ConvShape, Convolution, convolutions};
use crate::model::dtype::Dtype;
use crate::model::layers::Layer;

/// What the head says of one level of the pyramid.
#[derive(Debug, Clone)]
pub struct RpnOutput {
    /// How likely each anchor holds an object, logits, `[images, anchors, height, width]`.
    pub objectness: Tensor<4>,
    /// How each anchor is moved and scaled, `[images, anchors × 4, height, width]`.
    pub deltas: Tensor<4>,
}

/// 3×3 convolutions, then objectness and deltas from 1×1 ones.
#[derive(Module, Debug)]
pub struct RpnHead {
    conv: Vec<Convolution>,
    cls_logits: Convolution,
    bbox_pred: Convolution,
}

impl RpnHead {
    pub(crate) fn new(channels: usize, depth: usize, anchors: usize, device: &Device) -> Self {
        Self {
            conv: convolutions(channels, &vec![channels; depth], Norm::Folded, device),
            cls_logits: Convolution::new(ConvShape::pointwise(channels, anchors), device),
            bbox_pred: Convolution::new(ConvShape::pointwise(channels, anchors * 4), device),
        }
    }

    /// Where the weights are.
    pub fn device(&self) -> Device {
        self.cls_logits.device()
    }

    /// What weights and features are.
    pub fn dtype(&self) -> Dtype {
        self.cls_logits.dtype()
    }

    /// Objectness and deltas of each level.
    pub fn forward(&self, pyramid: &FeaturePyramid) -> [RpnOutput; 5] {
        pyramid.each_ref().map(|level| {
            let features = self.conv.iter().fold(level.clone(), |features, conv| conv.apply_relu(features));
            RpnOutput { objectness: self.cls_logits.apply(features.clone()), deltas: self.bbox_pred.apply(features) }
        })
    }
}
