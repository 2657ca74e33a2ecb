//! The network under the feature pyramid, of any kind.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{EfficientNetLite, ResNet};
use crate::config::{BodyConfig, Norm};

impl BodyConfig {
    /// The network, with weights that are yet to be loaded or trained.
    pub fn init(&self, norm: Norm, device: &Device) -> Body {
        match self {
            Self::ResNet(config) => Body::ResNet(config.init(norm, device)),
            Self::EfficientNetLite(config) => Body::EfficientNetLite(config.init(norm, device)),
        }
    }
}

/// A network for classification without its classifier: a stem, and four stages whose outputs C2 to C5 have the
/// channels that [`BodyConfig::out_channels`] says, and strides of 4, 8, 16 and 32 pixels.
///
/// The names of the kinds are not part of the paths of parameters.
#[derive(Module, Debug)]
pub enum Body {
    /// A residual network.
    ResNet(ResNet),
    /// An EfficientNet-Lite.
    EfficientNetLite(EfficientNetLite),
}

impl Body {
    /// C2 to C5; see [`Backbone::stages`](super::Backbone::stages).
    pub fn forward(&self, input: Tensor<4>) -> [Tensor<4>; 4] {
        let mut features = self.stem(input);
        core::array::from_fn(|index| {
            features = self.stage(index, features.clone());
            features.clone()
        })
    }

    /// The input of the first stage, from `[n, 3, height, width]`.
    pub fn stem(&self, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::ResNet(network) => network.stem(input),
            Self::EfficientNetLite(network) => network.stem(input),
        }
    }

    /// C2 to C5 for `index` 0 to 3, from the output of the stage before or of the stem.
    pub fn stage(&self, index: usize, before: Tensor<4>) -> Tensor<4> {
        match self {
            Self::ResNet(network) => network.stage(index, before),
            Self::EfficientNetLite(network) => network.stage(index, before),
        }
    }
}
