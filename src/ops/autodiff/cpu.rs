//! Gradients on the CPU, and batch normalisation, which is for training only.

#[path = "../batch_norm/cpu.rs"]
mod batch_norm;
#[path = "../max_pool/autodiff/cpu.rs"]
mod max_pool;
#[path = "../pixel_shuffle/autodiff/cpu.rs"]
mod pixel_shuffle;
#[path = "../roi_pooling/autodiff/cpu.rs"]
mod roi_pooling;
#[path = "../upsample/autodiff/cpu.rs"]
mod upsample;
