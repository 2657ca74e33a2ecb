//! What runs on burn's flex backend: the `cpu.rs` of each operation, in plain Rust, and what they share.
//!
//! A kernel's file lies beside its operation. It is declared here so that the feature is asked for once.

pub(super) mod frame;
pub(super) mod micro_kernel;

#[path = "../anchor_boxes/cpu.rs"]
mod anchor_boxes;
#[path = "../chosen_boxes/cpu.rs"]
mod chosen_boxes;
#[path = "../class_boxes/cpu.rs"]
mod class_boxes;
#[path = "../conv2d/cpu/mod.rs"]
pub(super) mod conv2d;
#[path = "../depthwise_conv2d/cpu/mod.rs"]
mod depthwise_conv2d;
#[path = "../image_statistics/cpu.rs"]
mod image_statistics;
#[path = "../level_rows/cpu.rs"]
mod level_rows;
#[path = "../linear/cpu.rs"]
mod linear;
#[path = "../max_pool/cpu.rs"]
pub(super) mod max_pool;
#[path = "../multiply_adds/cpu.rs"]
mod multiply_adds;
#[path = "../nms/cpu.rs"]
mod nms;
#[path = "../own_class_mask/cpu.rs"]
mod own_class_mask;
#[path = "../pack_detections/cpu.rs"]
mod pack_detections;
#[path = "../pixel_shuffle/cpu.rs"]
mod pixel_shuffle;
#[path = "../resize/cpu.rs"]
mod resize;
#[path = "../roi_pooling/cpu/mod.rs"]
pub(super) mod roi_pooling;
#[path = "../top_k/cpu.rs"]
mod top_k;
#[path = "../upsample/cpu.rs"]
mod upsample;
