//! The backbone: a residual network with a feature pyramid on top.

mod fpn;
mod resnet;

pub use fpn::FpnConfig;
pub use resnet::{BlockKind, ResNetConfig};
