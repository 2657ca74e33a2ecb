//! The layouts of a residual network and of the feature pyramid.

use serde::{Deserialize, Serialize};

/// The residual block that a network is built of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// Two 3×3 convolutions (ResNet-18 and 34).
    Basic,
    /// 1×1, 3×3 and 1×1 convolutions; the output has four times the planes (ResNet-50 and 101).
    Bottleneck,
}

impl BlockKind {
    /// Output channels of a block for each of its planes.
    pub fn expansion(self) -> usize {
        match self {
            BlockKind::Basic => 1,
            BlockKind::Bottleneck => 4,
        }
    }
}

/// The layout of a residual network (He et al. 2015).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResNetConfig {
    /// The kind of block.
    pub block: BlockKind,
    /// Number of blocks in each of the four stages.
    pub depths: [usize; 4],
    /// Output channels of the 7×7 convolution at the start.
    pub stem: usize,
    /// Planes of each stage: a stage's output has `planes × expansion` channels.
    pub planes: [usize; 4],
    /// Whether a bottleneck that halves height and width does so in its first 1×1 convolution, as the original
    /// ResNets do, rather than in its 3×3 one, as torchvision's do.
    #[serde(default)]
    pub stride_in_1x1: bool,
}

impl ResNetConfig {
    /// ResNet-18: 2, 2, 2, 2 basic blocks.
    pub fn resnet18() -> Self {
        Self::standard(BlockKind::Basic, [2, 2, 2, 2])
    }

    /// ResNet-34: 3, 4, 6, 3 basic blocks.
    pub fn resnet34() -> Self {
        Self::standard(BlockKind::Basic, [3, 4, 6, 3])
    }

    /// ResNet-50: 3, 4, 6, 3 bottleneck blocks.
    pub fn resnet50() -> Self {
        Self::standard(BlockKind::Bottleneck, [3, 4, 6, 3])
    }

    /// ResNet-101: 3, 4, 23, 3 bottleneck blocks.
    pub fn resnet101() -> Self {
        Self::standard(BlockKind::Bottleneck, [3, 4, 23, 3])
    }

    fn standard(block: BlockKind, depths: [usize; 4]) -> Self {
        Self { block, depths, stem: 64, planes: [64, 128, 256, 512], stride_in_1x1: false }
    }

    /// Output channels of each of the four stages (C2 to C5).
    pub fn out_channels(&self) -> [usize; 4] {
        self.planes.map(|planes| planes.saturating_mul(self.block.expansion()))
    }
}

/// The layout of a feature pyramid (Lin et al. 2017).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FpnConfig {
    /// Channels of every level.
    pub channels: usize,
}

impl Default for FpnConfig {
    fn default() -> Self {
        Self { channels: 256 }
    }
}
