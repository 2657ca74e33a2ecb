//! Operations that burn lacks.
//!
//! Each is a function on burn tensors; where one has a version of its own for a backend, `cpu.rs`
//! is plain Rust for flex and `gpu.rs` a CubeCL kernel for wgpu. None of them waits for the device.

pub mod activation;
pub mod anchor_boxes;
#[cfg(feature = "autodiff")]
pub mod batch_norm;
pub mod box_coder;
#[cfg(all(feature = "autodiff", feature = "webgpu"))]
mod channel_sums;
pub mod chosen_boxes;
pub mod class_boxes;
pub mod conv2d;
pub mod flop_count;
pub mod join;
pub mod level_rows;
pub mod linear;
pub mod max_pool;
#[cfg(feature = "cpu")]
mod micro_kernel;
#[cfg(feature = "cli")]
pub mod multiply_adds;
pub mod nms;
pub mod own_class_mask;
pub mod pack_detections;
pub mod paste_masks;
pub mod pixel_shuffle;
pub mod resize;
pub mod roi_pooling;
pub mod subsample;
pub mod top_k;
pub mod upsample;
#[cfg(feature = "webgpu")]
mod workgroup;

/// The score of an entry that is not there.
///
/// Tensors between the stages have a fixed size, so that no stage has to ask the device how many
/// entries there are; what is missing has this score. It lies below every logit and probability.
pub const ABSENT: f32 = -1e30;
