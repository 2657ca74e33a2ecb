//! The region proposal network (Ren et al. 2015; `torchvision/models/detection/rpn.py`).

mod anchors;
mod head;
mod proposals;

use burn::module::Module;
use burn::tensor::Device;

pub use anchors::{AnchorPlaces, anchor_grid, anchors};
pub use head::{RpnHead, RpnOutput};
pub use proposals::{Candidates, Proposals, candidates, propose};

/// The layout of a region proposal network.
#[derive(Debug, Clone, PartialEq)]
pub struct RpnConfig {
    /// Number of 3×3 convolutions before the two predictors: 1, in torchvision's v2 2.
    pub conv_depth: usize,
    /// Side of the square anchor of each level, in pixels of the resized picture.
    pub anchor_sizes: [f32; 5],
    /// Height divided by width of each anchor of a level.
    pub aspect_ratios: [f32; 3],
    /// Where exactly the anchors are.
    pub places: AnchorPlaces,
    /// At most so many candidates of each level go into non-maximum suppression.
    pub pre_nms_top_n: usize,
    /// At most so many proposals come out.
    pub post_nms_top_n: usize,
    /// Of two candidates of a level with a larger IoU, only the better one stays.
    pub nms_threshold: f32,
    /// Candidates with a side shorter than this, in pixels of the resized picture, are dropped.
    pub min_size: f32,
}

impl Default for RpnConfig {
    fn default() -> Self {
        Self {
            conv_depth: 1,
            anchor_sizes: [32.0, 64.0, 128.0, 256.0, 512.0],
            aspect_ratios: [0.5, 1.0, 2.0],
            places: AnchorPlaces::Rounded,
            pre_nms_top_n: 1000,
            post_nms_top_n: 1000,
            nms_threshold: 0.7,
            min_size: 1e-3,
        }
    }
}

impl RpnConfig {
    /// The network over a pyramid with `channels`, with weights yet to be loaded or trained.
    pub fn init(&self, channels: usize, device: &Device) -> Rpn {
        Rpn { head: RpnHead::new(channels, self.conv_depth, self.aspect_ratios.len(), device) }
    }
}

/// A region proposal network.
#[derive(Module, Debug)]
pub struct Rpn {
    /// The layers, shared by all levels.
    pub head: RpnHead,
}
