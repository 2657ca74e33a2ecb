//! ResNet-18, 34, 50, 101 and narrow relatives (He et al. 2015; `torchvision/models/resnet.py`).

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::config::{BlockKind, Norm, ResNetConfig};
use crate::model::convolution::{ConvShape, Convolution};
use crate::model::layers::Layer;
use crate::ops::max_pool::max_pool;

impl ResNetConfig {
    /// The network, with weights that are yet to be loaded or trained.
    pub fn init(&self, norm: Norm, device: &Device) -> ResNet {
        let mut inputs = self.stem;
        let mut stage = |index: usize| -> Vec<Block> {
            let planes = self.planes[index];
            (0..self.depths[index])
                .map(|position| {
                    let stride = if index > 0 && position == 0 { 2 } else { 1 };
                    let block = Block::new(self, BlockShape { inputs, planes, stride }, norm, device);
                    inputs = planes * self.block.expansion();
                    block
                })
                .collect()
        };
        ResNet {
            conv1: Convolution::normalised(
                ConvShape { kernel: 7, ..ConvShape::square(3, self.stem).with_stride(2) },
                norm,
                device,
            ),
            layer1: stage(0),
            layer2: stage(1),
            layer3: stage(2),
            layer4: stage(3),
        }
    }
}

/// A residual network without its classifier.
#[derive(Module, Debug)]
pub struct ResNet {
    conv1: Convolution,
    layer1: Vec<Block>,
    layer2: Vec<Block>,
    layer3: Vec<Block>,
    layer4: Vec<Block>,
}

impl ResNet {
    /// The stem: the input of the first stage.
    ///
    /// # Shapes
    /// - input: `[n, 3, height, width]`
    /// - output: `[n, stem, height / 4, width / 4]`
    pub fn stem(&self, input: Tensor<4>) -> Tensor<4> {
        max_pool(self.conv1.apply_relu(input))
    }

    /// C2 to C5 for `index` 0 to 3, from the output of the stage before or of the stem.
    pub fn stage(&self, index: usize, before: Tensor<4>) -> Tensor<4> {
        let blocks = [&self.layer1, &self.layer2, &self.layer3, &self.layer4][index];
        blocks.iter().fold(before, |features, block| block.forward(features))
    }
}

/// A residual block of either kind.
#[derive(Module, Debug)]
struct Block {
    conv1: Convolution,
    conv2: Convolution,
    /// Only in a bottleneck.
    conv3: Option<Convolution>,
    /// Projects the input to the shape of the output, if the two differ.
    downsample: Option<Convolution>,
}

/// The layout of a [`Block`].
struct BlockShape {
    inputs: usize,
    planes: usize,
    stride: usize,
}

impl Block {
    fn new(network: &ResNetConfig, shape: BlockShape, norm: Norm, device: &Device) -> Self {
        let convolution = |shape: ConvShape| Convolution::normalised(shape, norm, device);
        let BlockShape { inputs, planes, stride } = shape;
        let kind = network.block;
        let outputs = planes * kind.expansion();
        let downsample = (stride != 1 || inputs != outputs)
            .then(|| convolution(ConvShape::pointwise(inputs, outputs).with_stride(stride)));
        match kind {
            BlockKind::Basic => Self {
                conv1: convolution(ConvShape::square(inputs, planes).with_stride(stride)),
                conv2: convolution(ConvShape::square(planes, planes)),
                conv3: None,
                downsample,
            },
            BlockKind::Bottleneck => {
                let (first, second) = if network.stride_in_1x1 { (stride, 1) } else { (1, stride) };
                Self {
                    conv1: convolution(ConvShape::pointwise(inputs, planes).with_stride(first)),
                    conv2: convolution(ConvShape::square(planes, planes).with_stride(second)),
                    conv3: Some(convolution(ConvShape::pointwise(planes, outputs))),
                    downsample,
                }
            }
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let features = self.conv1.apply_relu(input.clone());
        let (last, features) = match &self.conv3 {
            Some(conv3) => (conv3, self.conv2.apply_relu(features)),
            None => (&self.conv2, features),
        };
        let shortcut = match &self.downsample {
            Some(downsample) => downsample.apply(input),
            None => input,
        };
        last.apply_residual(features, shortcut)
    }
}
