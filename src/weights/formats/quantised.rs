//! Weights in int8: whole numbers from −127 to 127, times a scale of their output channel.
//!
//! In a `.safetensors` file a weight `NAME` of type I8 comes with `NAME.scale`, f32, which has as many
//! axes: the output channels' as long as the weight's, the others of length 1. The weight is the
//! product. It is multiplied out when it is read, so the network computes in f32 as ever: int8 makes
//! the download small, not the network fast.

use std::collections::BTreeMap;

use burn::tensor::{Bytes, DType};
use burn_store::burn_pack::Tensor;

use crate::weights::state_dict::StateTensor;
use crate::{Error, Result};

/// What the name of a weight's scale ends with.
pub(crate) const SCALE: &str = ".scale";

/// Replaces the weights in int8 by their products with their scales, and leaves the scales out.
///
/// # Errors
/// [`Error::WeightsIntegrity`] where a scale does not fit its weight.
pub(super) fn multiply_out(tensors: Vec<(String, StateTensor)>) -> Result<Vec<(String, StateTensor)>> {
    let (scales, others): (Vec<_>, Vec<_>) = tensors.into_iter().partition(|(name, _)| name.ends_with(SCALE));
    let mut scales: BTreeMap<_, _> = scales.into_iter().collect();
    let mut found = Vec::with_capacity(others.len());
    for (name, tensor) in others {
        let tensor = match scales.remove(&format!("{name}{SCALE}")) {
            Some(scale) => product(&name, &tensor, &scale)?,
            None => tensor,
        };
        found.push((name, tensor));
    }
    // Those that belong to no weight are reported like every unexpected tensor.
    found.extend(scales);
    Ok(found)
}

fn product(name: &str, weight: &StateTensor, scale: &StateTensor) -> Result<StateTensor> {
    let shape = weight.shape().to_vec();
    let axes = scale.shape().iter().zip(&shape);
    let fits = scale.shape().len() == shape.len() && axes.clone().all(|(&scale, &size)| scale == size || scale == 1);
    let Some(axis) = axes.clone().position(|(&scale, _)| scale != 1).or((!shape.is_empty()).then_some(0)) else {
        return Err(misfit(name));
    };
    let several = axes.filter(|&(&scale, _)| scale != 1).count() > 1;
    if !fits || several || weight.dtype() != DType::I8 {
        return Err(misfit(name));
    }
    // As many numbers as the file has.
    let scales = scale.to_f32()?;
    let (weight, inner) = (weight.clone(), shape[axis + 1..].iter().product::<usize>().max(1));
    let byte_len = shape.iter().product::<usize>() * DType::F32.size();
    let multiply = move || {
        let numbers = weight.stored()?;
        let mut bytes = Vec::with_capacity(numbers.len() * DType::F32.size());
        for (index, &number) in numbers.iter().enumerate() {
            let scale = scales[index / inner % scales.len()];
            bytes.extend((f32::from(number as i8) * scale).to_le_bytes());
        }
        Ok(Bytes::from_bytes_vec(bytes))
    };
    Ok(StateTensor::new(Tensor::deferred(name.to_owned(), DType::F32, shape, None, byte_len, multiply)))
}

fn misfit(name: &str) -> Error {
    Error::WeightsIntegrity(format!("the scale of `{}` does not fit a weight in int8", name.escape_debug()))
}
