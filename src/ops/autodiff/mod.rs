//! Gradients, for training: the `autodiff` of each operation that has one.
//!
//! A gradient's files lie beside its operation. They are declared here so that the feature is asked for once.

mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

#[path = "../activation/autodiff.rs"]
pub(super) mod activation;
#[path = "../batch_norm/autodiff.rs"]
pub(super) mod batch_norm;
#[path = "../conv2d/autodiff/mod.rs"]
pub(super) mod conv2d;
#[path = "../depthwise_conv2d/autodiff/mod.rs"]
pub(super) mod depthwise_conv2d;
#[path = "../linear/autodiff.rs"]
mod linear;
#[path = "../max_pool/autodiff/mod.rs"]
pub(super) mod max_pool;
#[path = "../pixel_shuffle/autodiff/mod.rs"]
pub(super) mod pixel_shuffle;
#[path = "../roi_pooling/autodiff/mod.rs"]
pub(super) mod roi_pooling;
#[path = "../upsample/autodiff/mod.rs"]
pub(super) mod upsample;
