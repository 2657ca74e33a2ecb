//! What runs on burn's wgpu and CUDA backends: the `gpu.rs` of each operation, a CubeCL kernel, and what they
//! share.
//!
//! A kernel's file lies beside its operation. It is declared here so that the feature is asked for once.

pub(super) mod padding;
pub(super) mod tiled_product;
pub(super) mod workgroup;

#[path = "../activation/gpu.rs"]
pub(super) mod activation;
#[path = "../anchor_boxes/gpu.rs"]
mod anchor_boxes;
#[path = "../box_coder/gpu.rs"]
pub(super) mod box_coder;
#[path = "../chosen_boxes/gpu.rs"]
mod chosen_boxes;
#[path = "../class_boxes/gpu.rs"]
mod class_boxes;
#[path = "../conv2d/gpu/mod.rs"]
mod conv2d;
#[path = "../depthwise_conv2d/gpu.rs"]
mod depthwise_conv2d;
#[path = "../image_statistics/gpu.rs"]
mod image_statistics;
#[path = "../level_rows/gpu.rs"]
mod level_rows;
#[path = "../linear/gpu/mod.rs"]
mod linear;
#[path = "../max_pool/gpu.rs"]
mod max_pool;
#[path = "../multiply_adds/gpu.rs"]
mod multiply_adds;
#[path = "../nms/gpu.rs"]
mod nms;
#[path = "../own_class_mask/gpu.rs"]
mod own_class_mask;
#[path = "../pack_detections/gpu.rs"]
mod pack_detections;
#[path = "../pixel_shuffle/gpu.rs"]
mod pixel_shuffle;
#[path = "../resize/gpu.rs"]
mod resize;
#[path = "../roi_pooling/gpu/mod.rs"]
mod roi_pooling;
#[path = "../top_k/gpu.rs"]
mod top_k;
#[path = "../upsample/gpu.rs"]
mod upsample;
