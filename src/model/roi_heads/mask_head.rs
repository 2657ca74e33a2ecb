//! The mask head (He et al. 2017, figure 4 right;
//! `MaskRCNNHeads` and `MaskRCNNPredictor` in `torchvision/models/detection/mask_rcnn.py`).

use burn::module::Module;
use burn::nn::conv::ConvTranspose2d;
use burn::tensor::{Device, Int, Tensor};

use crate::config::{MaskHeadConfig, Norm};
use crate::model::convolution::{ConvShape, Convolution, convolutions};
use crate::model::layers::{Layer, blocks_of_present, doubling};

/// The convolutions of the mask branch.
#[derive(Module, Debug)]
pub struct MaskHead {
    convs: Vec<Convolution>,
}

impl MaskHead {
    pub(crate) fn new(inputs: usize, config: &MaskHeadConfig, norm: Norm, device: &Device) -> Self {
        Self { convs: convolutions(inputs, &config.conv_channels, norm, device) }
    }

    /// # Shapes
    /// - features: `[n, channels, pool_size, pool_size]`
    /// - output: `[n, conv_channels.last(), pool_size, pool_size]`
    pub fn forward(&self, features: Tensor<4>) -> Tensor<4> {
        self.convs.iter().fold(features, |features, conv| conv.apply_relu(features))
    }

    /// As [`MaskHead::forward`], of the valid regions; for inference.
    ///
    /// # Shapes
    /// - features, output: as of [`MaskHead::forward`]
    /// - scores: `[n]`; the output may be anything where they are [`ABSENT`](crate::ops::ABSENT)
    pub fn forward_present(&self, features: Tensor<4>, scores: Tensor<1>) -> Tensor<4> {
        self.convs.iter().fold(features, |features, conv| conv.apply_relu_to_present(features, scores.clone()))
    }
}

/// A mask for each class, from the features of the mask head.
#[derive(Module, Debug)]
pub struct MaskPredictor {
    conv5_mask: ConvTranspose2d,
    mask_fcn_logits: Convolution,
}

impl MaskPredictor {
    pub(crate) fn new(inputs: usize, config: &MaskHeadConfig, classes: usize, device: &Device) -> Self {
        let channels = config.conv_channels.last().copied().unwrap_or(inputs);
        Self {
            conv5_mask: doubling(channels, config.deconv_channels, device),
            mask_fcn_logits: Convolution::new(ConvShape::pointwise(config.deconv_channels, classes), device),
        }
    }

    /// # Shapes
    /// - features: `[n, channels, pool_size, pool_size]`
    /// - output: logits, `[n, classes, 2 × pool_size, 2 × pool_size]`
    pub fn forward(&self, features: Tensor<4>) -> Tensor<4> {
        self.mask_fcn_logits.apply(self.conv5_mask.apply_relu(features))
    }

    /// As [`MaskPredictor::forward`], but only the mask of each region's own class, and only of the
    /// valid regions; for inference.
    ///
    /// # Shapes
    /// - features: `[n, channels, pool_size, pool_size]`
    /// - scores: `[n]`; the output may be anything where they are [`ABSENT`](crate::ops::ABSENT)
    /// - labels: the classes, `[n]`
    /// - output: logits, `[n, 2 × pool_size, 2 × pool_size]`
    pub fn own_class(&self, features: Tensor<4>, scores: Tensor<1>, labels: Tensor<1, Int>) -> Tensor<3> {
        self.mask_fcn_logits.apply_to_own(blocks_of_present(&self.conv5_mask, features, scores), labels)
    }
}
