//! The layouts of the region proposal network and of the box and mask heads, with the conventions of the library that
//! trained them. The defaults are torchvision's (`torchvision/models/detection`).

use serde::{Deserialize, Serialize};

/// The layout of a region proposal network (Ren et al. 2015).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RpnConfig {
    /// Number of 3×3 convolutions before the two predictors: 1, in torchvision's v2 2.
    pub conv_depth: usize,
    /// Where exactly the anchors are.
    pub anchor_placement: AnchorPlacement,
    /// Candidates with a side shorter than this, in pixels of the resized image, are dropped.
    pub min_size: f32,
}

impl Default for RpnConfig {
    fn default() -> Self {
        Self { conv_depth: 1, anchor_placement: AnchorPlacement::Rounded, min_size: 1e-3 }
    }
}

/// Where exactly anchors are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorPlacement {
    /// torchvision's: corners in whole pixels; strides are the sides of the padded input divided by those of the
    /// level, rounded down, for each axis on its own.
    #[default]
    Rounded,
    /// detectron2's (`DefaultAnchorGenerator` in `modeling/anchor_generator.py`): corners as size and ratio give them,
    /// strides of 4 to 64, which regions are pooled with, too.
    Exact,
}

/// The layout of the box and mask heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoiHeadsConfig {
    /// Samples per side in each cell of RoIAlign; 0 for as many as the cell has pixels.
    pub sampling_ratio: usize,
    /// The layers that class and box share.
    pub box_head: BoxHeadConfig,
    /// The mask branch.
    pub mask_head: MaskHeadConfig,
    /// Detections with a side shorter than this, in pixels of the resized image, are dropped.
    pub min_size: f32,
}

impl Default for RoiHeadsConfig {
    fn default() -> Self {
        Self {
            sampling_ratio: 2,
            box_head: BoxHeadConfig::default(),
            mask_head: MaskHeadConfig::default(),
            min_size: 1e-2,
        }
    }
}

/// The layout of the box head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
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

    /// Number of outputs for each region, of features with `inputs` channels.
    pub fn out_channels(&self, inputs: usize) -> usize {
        self.fc_channels.last().copied().unwrap_or(self.flat_channels(inputs))
    }

    /// Inputs of the first linear layer, of features with `inputs` channels.
    pub(crate) fn flat_channels(&self, inputs: usize) -> usize {
        self.conv_channels.last().unwrap_or(&inputs) * self.pool_size * self.pool_size
    }
}

/// The layout of the mask head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
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

impl MaskHeadConfig {
    /// Cells per side of a mask.
    pub fn mask_size(&self) -> usize {
        self.pool_size * 2
    }
}
