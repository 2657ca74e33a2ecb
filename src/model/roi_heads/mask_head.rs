//! The mask head (He et al. 2017, figure 4 right;
//! `MaskRCNNHeads` and `MaskRCNNPredictor` in `torchvision/models/detection/mask_rcnn.py`).

/// The layout of the mask head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskHeadConfig {
    /// Side of the pooled features, in cells; masks have twice this side.
    pub pool_size: usize,
    /// Output channels of each 3×3 convolution.
    pub conv_channels: Vec<usize>,
    /// Output channels of the transposed convolution.
    pub deconv_channels: usize,
}

impl Default for MaskHeadConfig {
    fn default() -> Self {
        Self { pool_size: 14, conv_channels: vec![256; 4], deconv_channels: 256 }
    }
}
