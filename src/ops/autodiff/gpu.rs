//! Gradients on the GPU, and batch normalisation, which is for training only.

mod channel_sums;

#[path = "../batch_norm/gpu.rs"]
mod batch_norm;
#[path = "../conv2d/autodiff/gpu/mod.rs"]
pub(super) mod conv2d;
#[path = "../depthwise_conv2d/autodiff/gpu.rs"]
mod depthwise_conv2d;
#[path = "../max_pool/autodiff/gpu.rs"]
mod max_pool;
#[path = "../pixel_shuffle/autodiff/gpu.rs"]
mod pixel_shuffle;
#[path = "../roi_pooling/autodiff/gpu.rs"]
mod roi_pooling;
#[path = "../upsample/autodiff/gpu.rs"]
mod upsample;
