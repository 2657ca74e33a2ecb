//! The network and nothing but the network. No tensor is read back to the CPU in here.

pub mod backbone;
#[cfg_attr(not(feature = "autodiff"), path = "no_batch_norm.rs")]
mod batch_norm;
mod convolution;
mod dtype;
mod layers;
mod mask_rcnn;
pub mod roi_heads;
pub mod rpn;
#[cfg(feature = "autodiff")]
mod running;
mod stages;
mod transform;

pub use dtype::{Dtype, DtypeChoice};
pub use mask_rcnn::{DetectionTensors, MaskRcnn, Regions};
pub use stages::{Observer, StageOutput, Unobserved};
pub use transform::{Batch, PictureSize};
