//! Feature pyramid network (Lin et al. 2017; `torchvision/ops/feature_pyramid_network.py`).

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::module::{interpolate, max_pool2d};
use burn::tensor::ops::{InterpolateMode, InterpolateOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor};

use crate::model::layers::{Layer, convolution};

/// P2 to P6, each `[pictures, channels, height / stride, width / stride]`, stride 4 to 64.
pub type FeaturePyramid = [Tensor<4>; 5];

/// The layout of a feature pyramid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FpnConfig {
    /// Channels of every level.
    pub channels: usize,
}

impl Default for FpnConfig {
    fn default() -> Self {
        Self { channels: 256 }
    }
}

impl FpnConfig {
    /// The pyramid over stages with these channels, with weights yet to be loaded or trained.
    pub fn init(&self, stage_channels: [usize; 4], device: &Device) -> Fpn {
        Fpn {
            inner_blocks: stage_channels.map(|channels| convolution(channels, self.channels, 1, 1, device)).into(),
            layer_blocks: stage_channels.map(|_| convolution(self.channels, self.channels, 3, 1, device)).into(),
        }
    }
}

/// A feature pyramid with torchvision's `LastLevelMaxPool`.
#[derive(Module, Debug)]
pub struct Fpn {
    inner_blocks: Vec<Conv2d>,
    layer_blocks: Vec<Conv2d>,
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
        let p6 = max_pool2d(p5.clone(), every_second());
        [p2, p3, p4, p5, p6]
    }

    /// A level, and what the one below it is built on: the lateral plus what is above, upsampled.
    fn level(&self, index: usize, stage: Tensor<4>, above: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let lateral = self.inner_blocks[index].apply(stage);
        let [_, _, height, width] = lateral.dims();
        let options = InterpolateOptions::new(InterpolateMode::Nearest).with_output_size([height, width]);
        let merged = lateral + interpolate(above, options);
        (self.layer_blocks[index].apply(merged.clone()), merged)
    }
}

/// A "pooling" of one cell with stride 2, which is how torchvision makes P6.
fn every_second() -> MaxPoolOptions<2> {
    MaxPoolOptions {
        kernel_size: [1, 1],
        stride: [2, 2],
        padding: [(0, 0), (0, 0)],
        dilation: [1, 1],
        ceil_mode: false,
    }
}
