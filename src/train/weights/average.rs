//! The mean of the weights that several trainings of one network ended with, which can be better than each of
//! them (Wortsman et al. 2022, "Model soups").

use burn::tensor::{DType, TensorData};

use crate::weights::{StateDict, StateTensor};
use crate::{Error, Result};

/// The mean of state dicts, in f32, tensor by tensor. `shares` says how much each counts; only their
/// proportions matter. Counters are the first one's.
///
/// The mean of networks that were trained apart from the beginning is of no use: they are to have weights
/// in common that they started from.
///
/// # Errors
/// [`Error::InvalidInput`] unless there is at least one state dict and a share for each, more than 0 and
/// finite; [`Error::WeightsIncompatible`] unless all have the same tensors, of the same shapes; those of
/// [`StateTensor::to_f32`].
pub fn average(states: &[StateDict], shares: &[f64]) -> Result<StateDict> {
    let Some((first, others)) = states.split_first() else {
        return Err(Error::InvalidInput("there are no weights to average".into()));
    };
    if shares.len() != states.len() {
        let (states, shares) = (states.len(), shares.len());
        return Err(Error::InvalidInput(format!("{shares} shares for {states} files of weights")));
    }
    let total: f64 = shares.iter().sum();
    if !shares.iter().all(|&share| share > 0.0) || !total.is_finite() {
        return Err(Error::InvalidInput("shares must be more than 0 and finite".into()));
    }
    for other in others {
        same_tensors(first, other)?;
        same_tensors(other, first)?;
    }
    let averaged = first.iter().map(|(name, tensor)| {
        if tensor.dtype() == DType::I64 {
            return Ok((name.to_owned(), tensor.clone()));
        }
        let mut sums = vec![0.0; tensor.shape().iter().product()];
        for (tensor, share) in states.iter().filter_map(|state| state.get(name)).zip(shares) {
            for (sum, value) in sums.iter_mut().zip(tensor.to_f32()?) {
                *sum += f64::from(value) * share;
            }
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / total) as f32).collect();
        let mean = TensorData::new(mean, tensor.shape().to_vec());
        Ok((name.to_owned(), StateTensor::from_data(name.to_owned(), mean)))
    });
    averaged.collect()
}

/// Checks that `other` has every tensor of `state`, in its shape.
fn same_tensors(state: &StateDict, other: &StateDict) -> Result<()> {
    let fits = |name: &str, shape: &[usize]| other.get(name).is_some_and(|tensor| tensor.shape() == shape);
    match state.iter().find(|(name, tensor)| !fits(name, tensor.shape())) {
        None => Ok(()),
        Some((name, _)) => Err(Error::WeightsIncompatible(format!(
            "`{name}` is not in all files, or not in the same shape: they are not of the same network"
        ))),
    }
}
