//! State dicts as `.safetensors` files: as they are, or made small.

use burn::tensor::DType;
use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::detectron2::is_constant;
use super::formats::quantised::SCALE;
use super::{StateDict, StateTensor};
use crate::{Error, Result};

/// The largest magnitude of a whole number: symmetric, so that 0 stays 0.
const MAX_MAGNITUDE: f32 = 127.0;

/// A `.safetensors` file of `state` under its own names, half as large: tensors of two or more axes in
/// f16, the others, which are few numbers and of any magnitude (a variance, say), in f32. Counters stay
/// whole numbers, so that the file remains a checkpoint of its kind.
///
/// # Errors
/// [`Error::WeightsIncompatible`] for a weight beyond f16's range (65504) and for types that no network
/// of torchvision has; those of [`StateTensor::to_f32`](super::StateTensor::to_f32).
pub fn half_precision(state: &StateDict) -> Result<Vec<u8>> {
    file(state, |name, tensor| Ok(vec![(name.into(), Dtype::F16, tensor.shape().to_vec(), halves(name, tensor)?)]))
}

/// A `.safetensors` file of `state` under its own names, a quarter as large: tensors of two or more
/// axes in int8, each with a scale for each output channel (models/README.md says how), the
/// others as in [`half_precision`].
///
/// # Errors
/// Those of [`half_precision`], but for the range.
pub fn int8(state: &StateDict) -> Result<Vec<u8>> {
    file(state, whole_numbers)
}

/// A `.safetensors` file of `state` under its own names, in f32; counters stay whole numbers.
///
/// # Errors
/// Those of [`StateTensor::to_f32`](super::StateTensor::to_f32).
pub fn single_precision(state: &StateDict) -> Result<Vec<u8>> {
    file(state, |name, tensor| Ok(vec![single(name, tensor)?]))
}

/// A tensor as it is stored: name, type, shape, bytes.
type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

/// The file in which `weights` stores the tensors of two or more axes that are not constants.
fn file(state: &StateDict, weights: impl Fn(&str, &StateTensor) -> Result<Vec<Stored>>) -> Result<Vec<u8>> {
    let tensors: Vec<Stored> = state
        .iter()
        .map(|(name, tensor)| {
            Ok(match tensor.dtype() {
                DType::I64 => vec![(name.into(), Dtype::I64, tensor.shape().to_vec(), tensor.to_bytes()?)],
                _ if tensor.shape().len() < 2 || is_constant(name) => vec![single(name, tensor)?],
                _ => weights(name, tensor)?,
            })
        })
        .collect::<Result<Vec<_>>>()?
        .concat();
    let failure = |error: safetensors::SafeTensorError| Error::Internal(error.to_string());
    let views: Vec<_> = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| Ok((name, TensorView::new(*dtype, shape.clone(), bytes).map_err(failure)?)))
        .collect::<Result<_>>()?;
    safetensors::serialize(views, None).map_err(failure)
}

fn single(name: &str, tensor: &StateTensor) -> Result<Stored> {
    Ok((name.into(), Dtype::F32, tensor.shape().to_vec(), encode(&tensor.to_f32()?, f32::to_le_bytes)))
}

fn halves(name: &str, tensor: &StateTensor) -> Result<Vec<u8>> {
    let values = tensor.to_f32()?;
    match values.iter().find(|&&value| f16::from_f32(value).is_infinite()) {
        Some(value) => Err(Error::WeightsIncompatible(format!("`{name}` holds {value}, which f16 cannot"))),
        None => Ok(encode(&values, |value| f16::from_f32(value).to_le_bytes())),
    }
}

/// The weight in int8, and its scale: of each output channel the largest magnitude becomes 127.
fn whole_numbers(name: &str, tensor: &StateTensor) -> Result<Vec<Stored>> {
    let (values, shape) = (tensor.to_f32()?, tensor.shape());
    // A transposed convolution has its output channels second.
    let axis = usize::from(name.ends_with("conv5_mask.weight") || name.ends_with("mask_head.deconv.weight"));
    let inner: usize = shape[axis + 1..].iter().product();
    let channel = |index: usize| index / inner % shape[axis];
    let mut scales = vec![0.0_f32; shape[axis]];
    for (index, value) in values.iter().enumerate() {
        let scale = &mut scales[channel(index)];
        *scale = scale.max(value.abs() / MAX_MAGNITUDE);
    }
    let number = |(index, &value): (usize, &f32)| match scales[channel(index)] {
        0.0 => 0,
        scale => (value / scale).round().clamp(-MAX_MAGNITUDE, MAX_MAGNITUDE) as i8 as u8,
    };
    let numbers = values.iter().enumerate().map(number).collect();
    let mut axes = vec![1; shape.len()];
    axes[axis] = shape[axis];
    Ok(vec![
        (name.into(), Dtype::I8, shape.to_vec(), numbers),
        (format!("{name}{SCALE}"), Dtype::F32, axes, encode(&scales, f32::to_le_bytes)),
    ])
}

fn encode<const N: usize>(values: &[f32], bytes: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| bytes(value)).collect()
}
