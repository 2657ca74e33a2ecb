//! The network and nothing but the network. No tensor is read back to the CPU in here.

pub mod backbone;
mod layers;
mod mask_rcnn;
pub mod roi_heads;
pub mod rpn;
mod transform;

pub use mask_rcnn::{DetectionTensors, MaskRcnn, Regions};
pub use transform::{Batch, PictureSize};
