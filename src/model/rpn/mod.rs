//! The region proposal network (Ren et al. 2015; `torchvision/models/detection/rpn.py`).

mod anchors;
mod head;
mod proposals;

use burn::module::Module;
use burn::tensor::Device;

pub use anchors::Anchors;
pub use head::{RpnHead, RpnOutput};
pub use proposals::{
    BatchProposals, Candidates, Proposals, RpnLevels, candidates, entries_at_once, propose, propose_batch,
};

use crate::config::RpnConfig;

/// Number of anchors at each location of a level: one for each aspect ratio.
pub(crate) const ANCHORS: usize = 3;

impl RpnConfig {
    /// The network over a pyramid with `channels`, with weights yet to be loaded or trained.
    pub fn init(&self, channels: usize, device: &Device) -> Rpn {
        Rpn { head: RpnHead::new(channels, self.conv_depth, ANCHORS, device) }
    }
}

/// A region proposal network.
#[derive(Module, Debug)]
pub struct Rpn {
    /// The layers, shared by all levels.
    pub head: RpnHead,
}
