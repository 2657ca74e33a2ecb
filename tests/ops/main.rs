//! Each operation against torchvision's numbers, on every backend that this machine has.

#![allow(clippy::disallowed_methods, reason = "tests run natively and may wait for the device")]

#[path = "../devices/mod.rs"]
mod devices;

mod box_coder;
mod candidates;
mod chosen_boxes;
mod conv2d;
mod conv2d_algorithm;
mod depthwise_conv2d;
#[cfg(feature = "train")]
mod gradients;
mod half_precision;
mod image_statistics;
mod max_pool;
#[cfg(feature = "cli")]
mod multiply_adds;
mod nms;
mod own_class_mask;
mod pack_detections;
mod reference;
mod resize;
mod roi_pooling;
mod top_k;

use burn::tensor::{Device, Tensor, TensorData};
use devices::devices;
use reference::{Reference, largest_error};

impl Reference {
    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let shape: [usize; D] = self.shape(name).try_into().expect("the tensor has this rank");
        Tensor::from_data(TensorData::new(self.floats(name), shape), device)
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("floats")
}

/// Numbers in 0..1 that are the same on every run.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 24) as f32
    };
    (0..count).map(|_| next()).collect()
}
