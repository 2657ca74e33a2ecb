//! The box head: the layers that class and box share
//! (`TwoMLPHead` and `FastRCNNConvFCHead` in `torchvision/models/detection/faster_rcnn.py`).

/// The layout of the box head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxHeadConfig {
    /// Side of the pooled features, in cells.
    pub pool_size: usize,
    /// Output channels of each 3×3 convolution before the linear layers; none in v1, four in v2.
    pub conv_channels: Vec<usize>,
    /// Outputs of each linear layer: two in v1 (`fc6`, `fc7`), one in v2.
    pub fc_channels: Vec<usize>,
}

impl Default for BoxHeadConfig {
    fn default() -> Self {
        Self { pool_size: 7, conv_channels: vec![], fc_channels: vec![1024, 1024] }
    }
}

impl BoxHeadConfig {
    /// The head of torchvision's `maskrcnn_resnet50_fpn_v2`: four convolutions, one linear layer.
    pub fn v2() -> Self {
        Self { pool_size: 7, conv_channels: vec![256; 4], fc_channels: vec![1024] }
    }
}
