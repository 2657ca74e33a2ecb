//! The network and nothing but the network. No tensor is read back to the CPU in here.

pub mod backbone;
pub mod roi_heads;
pub mod rpn;
