//! Training targets: which anchors and proposals are positive, and the boxes and masks that they are to predict.

pub(super) mod assignment;
pub(super) mod masks;
pub(super) mod matcher;
pub(super) mod sampler;
