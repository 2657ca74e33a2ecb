//! State dicts as `.safetensors` files: as they are, or made small.

use burn::tensor::DType;
use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::StateDict;
use crate::{Error, Result};

/// A `.safetensors` file of `state` under its own names, half as large: tensors of two or more axes in
/// f16, the others, which are few numbers and of any magnitude (a variance, say), in f32. Counters stay
/// whole numbers, so that the file remains a torchvision checkpoint.
///
/// # Errors
/// [`Error::WeightsIncompatible`] for a weight beyond f16's range (65504) and for types that no network
/// of torchvision has; those of [`StateTensor::to_f32`](super::StateTensor::to_f32).
pub fn half_precision(state: &StateDict) -> Result<Vec<u8>> {
    file(state, true)
}

/// A `.safetensors` file of `state` under its own names, in f32; counters stay whole numbers.
///
/// # Errors
/// Those of [`StateTensor::to_f32`](super::StateTensor::to_f32).
pub fn single_precision(state: &StateDict) -> Result<Vec<u8>> {
    file(state, false)
}

fn file(state: &StateDict, half: bool) -> Result<Vec<u8>> {
    let tensors: Vec<_> = state
        .iter()
        .map(|(name, tensor)| {
            let (dtype, bytes) = match tensor.dtype() {
                DType::I64 => (Dtype::I64, tensor.to_bytes()?),
                _ if !half || tensor.shape().len() < 2 => (Dtype::F32, encode(&tensor.to_f32()?, f32::to_le_bytes)),
                _ => (Dtype::F16, halves(name, &tensor.to_f32()?)?),
            };
            Ok((name, dtype, tensor.shape().to_vec(), bytes))
        })
        .collect::<Result<_>>()?;
    let failure = |error: safetensors::SafeTensorError| Error::Internal(error.to_string());
    let views: Vec<_> = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| Ok((name, TensorView::new(*dtype, shape.clone(), bytes).map_err(failure)?)))
        .collect::<Result<_>>()?;
    safetensors::serialize(views, None).map_err(failure)
}

fn halves(name: &str, values: &[f32]) -> Result<Vec<u8>> {
    match values.iter().find(|&&value| f16::from_f32(value).is_infinite()) {
        Some(value) => Err(Error::WeightsIncompatible(format!("`{name}` holds {value}, which f16 cannot"))),
        None => Ok(encode(values, |value| f16::from_f32(value).to_le_bytes())),
    }
}

fn encode<const N: usize>(values: &[f32], bytes: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| bytes(value)).collect()
}
