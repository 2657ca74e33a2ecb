//! Each operation against torchvision's numbers, on every backend that this machine has.

#![allow(clippy::disallowed_methods, reason = "tests run natively and may wait for the device")]

#[path = "../devices/mod.rs"]
mod devices;

mod box_coder;
mod candidates;
mod chosen_boxes;
mod conv2d;
#[cfg(feature = "train")]
mod gradients;
mod half_precision;
mod max_pool;
#[cfg(feature = "cli")]
mod multiply_adds;
mod nms;
mod own_class_mask;
mod pack_detections;
mod paste_masks;
mod resize;
mod roi_pooling;
mod top_k;

use burn::tensor::{Device, Tensor, TensorData};
use devices::devices;
use safetensors::SafeTensors;

/// Tensors that torchvision computed.
struct Reference {
    bytes: Vec<u8>,
}

impl Reference {
    fn open(name: &str) -> Self {
        let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
        Self { bytes: std::fs::read(path).expect("the reference is there") }
    }

    fn shape(&self, name: &str) -> Vec<usize> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the reference is intact");
        tensors.tensor(name).expect("the tensor is there").shape().to_vec()
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the reference is intact");
        let data = tensors.tensor(name).expect("the tensor is there").data();
        data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    fn integers(&self, name: &str) -> Vec<i64> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the reference is intact");
        let data = tensors.tensor(name).expect("the tensor is there").data();
        data.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect()
    }

    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let shape: [usize; D] = self.shape(name).try_into().expect("the tensor has this rank");
        Tensor::from_data(TensorData::new(self.floats(name), shape), device)
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("floats")
}

fn largest_error(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len(), "the number of values");
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, |most, error| if error <= most { most } else { error })
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
