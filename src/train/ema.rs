//! The exponential moving average of a network's numbers, which generalises better than the last ones
//! (Polyak and Juditsky 1992; as in Tarvainen and Valpola 2017).

use super::Parameter;
use super::gradients::ByPath;

/// The share of the average that is kept at a step (0 and more), where `decay` is kept later on: in the
/// beginning the average forgets faster, so that it is not held back by the first weights
/// (`tf.train.ExponentialMovingAverage`, `num_updates`).
pub(super) fn decay_at(step: u64, decay: f64) -> f64 {
    decay.min((1 + step) as f64 / (10 + step) as f64)
}

/// Moves `average` towards `values`.
pub(super) fn update(average: &mut ByPath, values: Vec<Parameter>, decay: f64) {
    for Parameter { path, value, .. } in values {
        let moved = match average.remove(&path) {
            Some(average) => average.mul_scalar(decay) + value.mul_scalar(1.0 - decay),
            None => value,
        };
        average.insert(path, moved);
    }
}
