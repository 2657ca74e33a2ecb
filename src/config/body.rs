//! The network under the feature pyramid.

use serde::{Deserialize, Serialize};

use super::{EfficientNetLiteConfig, ResNetConfig};

/// The layout of a body: a network for classification without its classifier, which gives four feature maps, C2 to C5,
/// with strides of 4, 8, 16 and 32 pixels. As JSON it is the fields of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BodyConfig {
    /// A residual network.
    ResNet(ResNetConfig),
    /// An EfficientNet-Lite.
    EfficientNetLite(EfficientNetLiteConfig),
}

impl BodyConfig {
    /// Channels of each of the four feature maps.
    pub fn out_channels(&self) -> [usize; 4] {
        match self {
            Self::ResNet(config) => config.out_channels(),
            Self::EfficientNetLite(config) => config.out_channels(),
        }
    }

    /// The residual network, if it is one.
    pub fn as_resnet(&self) -> Option<&ResNetConfig> {
        match self {
            Self::ResNet(config) => Some(config),
            Self::EfficientNetLite(_) => None,
        }
    }

    /// As [`BodyConfig::as_resnet`], to be changed.
    pub(crate) fn as_resnet_mut(&mut self) -> Option<&mut ResNetConfig> {
        match self {
            Self::ResNet(config) => Some(config),
            Self::EfficientNetLite(_) => None,
        }
    }
}

impl From<ResNetConfig> for BodyConfig {
    fn from(config: ResNetConfig) -> Self {
        Self::ResNet(config)
    }
}

impl From<EfficientNetLiteConfig> for BodyConfig {
    fn from(config: EfficientNetLiteConfig) -> Self {
        Self::EfficientNetLite(config)
    }
}
