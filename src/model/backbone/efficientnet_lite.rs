//! EfficientNet-Lite (Tan and Le 2019; `model.py` of the Python package `efficientnet_lite_pytorch`).

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::config::{EfficientNetLiteConfig, InvertedResidual, Norm};
use crate::model::convolution::{ConvShape, Convolution};
use crate::model::layers::Layer;
use crate::ops::activation::Activation;
use crate::ops::conv2d::Padding;

impl EfficientNetLiteConfig {
    /// The network, with weights that are yet to be loaded or trained.
    pub fn init(&self, norm: Norm, device: &Device) -> EfficientNetLite {
        let stem = ConvShape { padding: Padding::Same, ..ConvShape::square(3, self.stem).with_stride(2) };
        EfficientNetLite {
            stem: Convolution::normalised(stem, norm, device),
            blocks: self.blocks().map(|shape| Block::new(shape, norm, device)).collect(),
            ends: self.stage_ends(),
        }
    }
}

/// An EfficientNet-Lite without its last convolution and its classifier.
#[derive(Module, Debug)]
pub struct EfficientNetLite {
    stem: Convolution,
    blocks: Vec<Block>,
    /// How many blocks come before each of the four stages, and how many there are.
    #[module(skip)]
    ends: [usize; 5],
}

impl EfficientNetLite {
    /// The stem with the first group of blocks: the input of the first stage.
    ///
    /// # Shapes
    /// - input: `[n, 3, height, width]`
    /// - output: `[n, channels, height / 2, width / 2]`
    pub fn stem(&self, input: Tensor<4>) -> Tensor<4> {
        self.run(0..self.ends[0], self.stem.activated(input, Activation::Relu6))
    }

    /// C2 to C5 for `index` 0 to 3, from the output of the stage before or of the stem.
    pub fn stage(&self, index: usize, before: Tensor<4>) -> Tensor<4> {
        self.run(self.ends[index]..self.ends[index + 1], before)
    }

    fn run(&self, blocks: core::ops::Range<usize>, before: Tensor<4>) -> Tensor<4> {
        self.blocks[blocks].iter().fold(before, |features, block| block.forward(features))
    }
}

/// An inverted residual block (Sandler et al. 2018, "MobileNetV2").
#[derive(Module, Debug)]
struct Block {
    /// `None` where the depthwise convolution has the channels of the input.
    expand: Option<Convolution>,
    depthwise: Convolution,
    project: Convolution,
    /// Whether the input is added to the output, which has its shape.
    #[module(skip)]
    is_residual: bool,
}

impl Block {
    fn new(shape: InvertedResidual, norm: Norm, device: &Device) -> Self {
        let InvertedResidual { inputs, expanded, outputs, kernel, stride } = shape;
        let convolution = |shape| Convolution::normalised(shape, norm, device);
        let depthwise = ConvShape { padding: Padding::Same, ..ConvShape::depthwise(expanded, kernel) };
        Self {
            expand: (expanded != inputs).then(|| convolution(ConvShape::pointwise(inputs, expanded))),
            depthwise: convolution(depthwise.with_stride(stride)),
            project: convolution(ConvShape::pointwise(expanded, outputs)),
            is_residual: stride == 1 && inputs == outputs,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let features = match &self.expand {
            Some(expand) => expand.activated(input.clone(), Activation::Relu6),
            None => input.clone(),
        };
        let features = self.project.apply(self.depthwise.activated(features, Activation::Relu6));
        if self.is_residual { features + input } else { features }
    }
}
