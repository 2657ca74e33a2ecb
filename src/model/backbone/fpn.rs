//! Feature pyramid network (Lin et al. 2017; `torchvision/ops/feature_pyramid_network.py`).

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::config::{FpnConfig, Norm};
use crate::model::convolution::{ConvShape, Convolution};
use crate::model::layers::Layer;
use crate::ops::{max_pool::subsample, upsample::add_upsampled};

/// P2 to P6, each `[n, channels, height / stride, width / stride]`, stride 4 to 64.
pub type FeaturePyramid = [Tensor<4>; 5];

impl FpnConfig {
    /// The pyramid over stages with these channels, with weights yet to be loaded or trained.
    pub fn init(&self, stage_channels: [usize; 4], norm: Norm, device: &Device) -> Fpn {
        let block = |shape| Convolution::normalised(shape, norm, device);
        let channels = self.channels;
        Fpn {
            inner_blocks: stage_channels.map(|inputs| block(ConvShape::pointwise(inputs, channels))).into(),
            layer_blocks: stage_channels.map(|_| block(ConvShape::square(channels, channels))).into(),
        }
    }
}

/// A feature pyramid with torchvision's `LastLevelMaxPool`.
#[derive(Module, Debug)]
pub struct Fpn {
    inner_blocks: Vec<Convolution>,
    layer_blocks: Vec<Convolution>,
}

impl Fpn {
    /// P2 to P6 from C2 to C5.
    pub fn forward(&self, stages: [Tensor<4>; 4]) -> FeaturePyramid {
        let [c2, c3, c4, c5] = stages;
        let top = self.inner_blocks[3].apply(c5);
        let p5 = self.layer_blocks[3].apply(top.clone());
        let (p4, top) = self.level(2, c4, top);
        let (p3, top) = self.level(1, c3, top);
        let (p2, _) = self.level(0, c2, top);
        let p6 = subsample(p5.clone());
        [p2, p3, p4, p5, p6]
    }

    /// A level, and what the one below it is built on: the lateral plus the upsampled level above.
    fn level(&self, index: usize, stage: Tensor<4>, above: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let lateral = self.inner_blocks[index].apply(stage);
        let merged = add_upsampled(lateral, above);
        (self.layer_blocks[index].apply(merged.clone()), merged)
    }
}
