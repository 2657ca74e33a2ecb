//! The exponential moving average of a network's numbers, which generalises better than the last ones
//! (Polyak and Juditsky 1992; as in Tarvainen and Valpola 2017).

use burn::tensor::Tensor;

/// The share of the average that is kept at a step (0 and more), where `decay` is kept later on: in the
/// beginning the average forgets faster, so that it is not held back by the first weights
/// (`tf.train.ExponentialMovingAverage`, `num_updates`).
pub(super) fn decay_at(step: u64, decay: f64) -> f64 {
    decay.min((1 + step) as f64 / (10 + step) as f64)
}

/// The average of `[n]` numbers, moved towards `values`.
pub(super) fn moved(average: Tensor<1>, values: Tensor<1>, decay: f64) -> Tensor<1> {
    average * decay + values * (1.0 - decay)
}
