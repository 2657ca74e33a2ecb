//! ResNet-18, 34, 50, 101 and narrow relatives (He et al. 2015; `torchvision/models/resnet.py`).

/// The residual block that a network is built of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Two 3×3 convolutions (ResNet-18 and 34).
    Basic,
    /// 1×1, 3×3 and 1×1 convolutions; the output has four times the planes (ResNet-50 and 101).
    Bottleneck,
}

impl BlockKind {
    /// How many output channels a block has for each of its planes.
    pub fn expansion(self) -> usize {
        match self {
            BlockKind::Basic => 1,
            BlockKind::Bottleneck => 4,
        }
    }
}

/// The layout of a residual network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResNetConfig {
    /// The kind of block.
    pub block: BlockKind,
    /// Number of blocks in each of the four stages.
    pub depths: [usize; 4],
    /// Output channels of the 7×7 convolution at the start.
    pub stem: usize,
    /// Planes of each stage: a stage's output has `planes × expansion` channels.
    pub planes: [usize; 4],
}

impl ResNetConfig {
    const PLANES: [usize; 4] = [64, 128, 256, 512];

    /// ResNet-18: 2, 2, 2, 2 basic blocks.
    pub fn resnet18() -> Self {
        Self { block: BlockKind::Basic, depths: [2, 2, 2, 2], stem: 64, planes: Self::PLANES }
    }
    /// ResNet-34: 3, 4, 6, 3 basic blocks.
    pub fn resnet34() -> Self {
        Self { block: BlockKind::Basic, depths: [3, 4, 6, 3], stem: 64, planes: Self::PLANES }
    }
    /// ResNet-50: 3, 4, 6, 3 bottleneck blocks.
    pub fn resnet50() -> Self {
        Self { block: BlockKind::Bottleneck, depths: [3, 4, 6, 3], stem: 64, planes: Self::PLANES }
    }
    /// ResNet-101: 3, 4, 23, 3 bottleneck blocks.
    pub fn resnet101() -> Self {
        Self { block: BlockKind::Bottleneck, depths: [3, 4, 23, 3], stem: 64, planes: Self::PLANES }
    }
    /// Output channels of each of the four stages (C2 to C5).
    pub fn out_channels(&self) -> [usize; 4] {
        self.planes.map(|planes| planes * self.block.expansion())
    }
}
