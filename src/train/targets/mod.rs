//! What the network is taught about an image: which anchors and proposals are positive, and their boxes and masks.

pub(super) mod assignment;
pub(super) mod masks;
pub(super) mod matcher;
pub(super) mod sampler;
