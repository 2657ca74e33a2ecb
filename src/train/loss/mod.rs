//! The five losses of the network, and what they are computed from.

pub(super) mod functions;
pub(super) mod objective;
pub(super) mod roi_heads;
pub(super) mod rpn;
