//! The backbone: a body, such as a residual network, with a feature pyramid on top
//! (`BackboneWithFPN` in `torchvision/models/detection/backbone_utils.py`).

mod body;
mod efficientnet_lite;
mod fpn;
mod resnet;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::config::Layout;

pub use body::Body;
pub use efficientnet_lite::EfficientNetLite;
pub use fpn::{FeaturePyramid, Fpn};
pub use resnet::ResNet;

/// A body and its feature pyramid.
#[derive(Module, Debug)]
pub struct Backbone {
    body: Body,
    fpn: Fpn,
}

impl Backbone {
    pub(crate) fn new(layout: &Layout, device: &Device) -> Self {
        let Layout { backbone, fpn, norm, normed, .. } = layout;
        Self {
            body: backbone.init(*norm, device),
            fpn: fpn.init(backbone.out_channels(), norm.only_if(normed.fpn), device),
        }
    }

    /// The network under the pyramid.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// C2 to C5: the output of each stage of the body.
    ///
    /// # Shapes
    /// - input: `[n, 3, height, width]`
    /// - output: `[n, channels, height / stride, width / stride]`, stride 4, 8, 16, 32
    pub fn stages(&self, input: Tensor<4>) -> [Tensor<4>; 4] {
        self.body.forward(input)
    }

    /// P2 to P6 from C2 to C5.
    pub fn pyramid(&self, stages: [Tensor<4>; 4]) -> FeaturePyramid {
        self.fpn.forward(stages)
    }
}
