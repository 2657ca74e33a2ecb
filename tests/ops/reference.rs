//! Tensors that torchvision computed, from `tests/reference`.

use safetensors::SafeTensors;

/// Tensors that torchvision computed.
pub(crate) struct Reference {
    bytes: Vec<u8>,
}

impl Reference {
    pub(crate) fn open(name: &str) -> Self {
        let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
        Self { bytes: std::fs::read(path).expect("the reference is there") }
    }

    pub(crate) fn shape(&self, name: &str) -> Vec<usize> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the reference is intact");
        tensors.tensor(name).expect("the tensor is there").shape().to_vec()
    }

    pub(crate) fn floats(&self, name: &str) -> Vec<f32> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the reference is intact");
        let data = tensors.tensor(name).expect("the tensor is there").data();
        data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    pub(crate) fn integers(&self, name: &str) -> Vec<i64> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the reference is intact");
        let data = tensors.tensor(name).expect("the tensor is there").data();
        data.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect()
    }
}

pub(crate) fn largest_error(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len(), "the number of values");
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, |most, error| if error <= most { most } else { error })
}
