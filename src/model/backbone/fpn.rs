//! Feature pyramid network (Lin et al. 2017; `torchvision/ops/feature_pyramid_network.py`).

/// The layout of a feature pyramid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FpnConfig {
    /// Channels of every level.
    pub channels: usize,
}

impl Default for FpnConfig {
    fn default() -> Self {
        Self { channels: 256 }
    }
}
