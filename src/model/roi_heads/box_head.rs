//! The box head: the layers that class and box share, and what they say
//! (`TwoMLPHead`, `FastRCNNConvFCHead` and `FastRCNNPredictor` in
//! `torchvision/models/detection/faster_rcnn.py`).

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

use crate::config::{BoxHeadConfig, Norm};
use crate::model::convolution::{Convolution, convolutions};
use crate::model::layers::{Layer, linear_layer};

impl BoxHeadConfig {
    /// The head over features with `inputs` channels, with weights yet to be loaded or trained.
    pub fn init(&self, inputs: usize, norm: Norm, device: &Device) -> BoxHead {
        let flat = self.flat_channels(inputs);
        let fc_inputs = core::iter::once(&flat).chain(&self.fc_channels);
        BoxHead {
            convs: convolutions(inputs, &self.conv_channels, norm, device),
            fcs: fc_inputs
                .zip(&self.fc_channels)
                .map(|(&inputs, &outputs)| linear_layer(inputs, outputs, device))
                .collect(),
        }
    }
}

/// The layers that class and box share.
#[derive(Module, Debug)]
pub struct BoxHead {
    convs: Vec<Convolution>,
    fcs: Vec<Linear>,
}

impl BoxHead {
    /// # Shapes
    /// - features: `[n, channels, pool_size, pool_size]`
    /// - output: `[n, out_channels]`
    pub fn forward(&self, features: Tensor<4>) -> Tensor<2> {
        let features = self.convs.iter().fold(features, |features, conv| conv.apply_relu(features));
        self.fcs.iter().fold(features.flatten(1, 3), |features, fc| fc.apply_relu(features))
    }
}

/// Class and box of each region.
#[derive(Module, Debug)]
pub struct BoxPredictor {
    cls_score: Linear,
    bbox_pred: Linear,
}

/// What the box predictor says of each region.
#[derive(Debug, Clone)]
pub struct BoxOutput {
    /// Class logits, `[n, classes]`, the background first.
    pub logits: Tensor<2>,
    /// Deltas for each class, `[n, classes × 4]`.
    pub deltas: Tensor<2>,
}

impl BoxPredictor {
    pub(crate) fn new(inputs: usize, classes: usize, device: &Device) -> Self {
        Self { cls_score: linear_layer(inputs, classes, device), bbox_pred: linear_layer(inputs, classes * 4, device) }
    }

    /// `features` are the box head's, `[n, channels]`.
    pub fn forward(&self, features: Tensor<2>) -> BoxOutput {
        BoxOutput { logits: self.cls_score.apply(features.clone()), deltas: self.bbox_pred.apply(features) }
    }
}
