//! What a network is and how it is used.
//!
//! | file | what |
//! |---|---|
//! | `layout.rs` | [`Layout`]: what a checkpoint implies and nobody changes: depths, widths, heads |
//! | `body.rs`, `backbone.rs`, `efficientnet_lite.rs`, `heads.rs` | the layouts of its parts |
//! | `norm.rs` | how batch normalisation is represented |
//! | `settings.rs` | [`Settings`]: everything that has no weights, such as sizes, anchors and thresholds, with its defaults |
//! | `scale.rs` | the scale at which images are seen, from the settings of the input |
//! | `merge.rs` | settings of which only some are given, from JSON, TOML or the command line |
//! | `limits.rs` | the largest values that are accepted |
//! | `preset.rs` | named layouts with their settings |
//!
//! Nothing in here knows the modules that are built from it.

mod backbone;
mod body;
mod efficientnet_lite;
mod heads;
mod layout;
pub mod limits;
mod merge;
mod norm;
mod preset;
mod scale;
mod settings;

pub use backbone::{BlockKind, FpnConfig, ResNetConfig};
pub use body::BodyConfig;
pub use efficientnet_lite::EfficientNetLiteConfig;
pub(crate) use efficientnet_lite::InvertedResidual;
pub use heads::{AnchorPlacement, BoxHeadConfig, MaskHeadConfig, RoiHeadsConfig, RpnConfig};
pub use layout::Layout;
pub use norm::{Norm, NormedParts};
pub use preset::Preset;
pub use settings::{
    AnchorSettings, ContrastSettings, DetectionSettings, InputSettings, ProposalSettings, RoiPooling, Settings,
};
