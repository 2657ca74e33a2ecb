//! [`batch_norm`](super::batch_norm) and its gradients on the CPU. A channel is one thread's: its
//! pictures stay in that core's cache from pass to pass, and the order of sums is fixed.

use super::BatchNormBackend;
use super::autodiff::{BatchNormGradient, BatchNormSaved};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};
use rayon::prelude::*;

/// Sums that are kept side by side, so that a vector unit can make them.
const LANES: usize = 16;

impl BatchNormBackend for Flex {
    fn normalise_batch(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        eps: f64,
        rectify: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [n, channels, height, width] = input.layout().shape().dims();
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
        let [input, weight, bias] = [&input, &weight, &bias].map(floats);
        let mut output = vec![0.0; input.len()];
        let least = if rectify { 0.0 } else { f32::NEG_INFINITY };
        let statistics: Vec<(f32, f32)> = by_channel(&mut output, channels, height * width)
            .into_par_iter()
            .enumerate()
            .map(|(channel, found)| {
                let planes = Planes { values: input, channel, channels, area: height * width };
                let count = (n * height * width) as f64;
                let mean = (planes.sum(|x| x) / count) as f32;
                let variance = (planes.sum(|x| (x - mean) * (x - mean)) / count) as f32;
                let factor = weight[channel] * inverse_deviation(variance, eps);
                for (found, values) in found.into_iter().zip(planes.iter()) {
                    for (found, value) in found.iter_mut().zip(values) {
                        *found = ((value - mean) * factor + bias[channel]).max(least);
                    }
                }
                (mean, variance)
            })
            .collect();
        let (mean, variance): (Vec<f32>, Vec<f32>) = statistics.into_iter().unzip();
        (
            FlexTensor::from_data(TensorData::new(output, [n, channels, height, width])),
            FlexTensor::from_data(TensorData::new(mean, [channels])),
            FlexTensor::from_data(TensorData::new(variance, [channels])),
        )
    }
}

impl BatchNormGradient for Flex {
    fn normalise_batch_gradients(saved: BatchNormSaved<Self>, gradient: FlexTensor) -> [FlexTensor; 3] {
        let BatchNormSaved { input, weight, mean, variance, eps, rectified } = saved;
        let [n, channels, height, width] = input.layout().shape().dims();
        let [input, weight, gradient] = [input, weight, gradient].map(|tensor| tensor.to_contiguous());
        let rectified = rectified.map(|output| output.to_contiguous());
        let [input, weight, mean, variance, gradient] = [&input, &weight, &mean, &variance, &gradient].map(floats);
        let mut found = vec![0.0; input.len()];
        let area = height * width;
        let gradients: Vec<(f32, f32)> = by_channel(&mut found, channels, area)
            .into_par_iter()
            .enumerate()
            .map(|(channel, mut found)| {
                let of = |values| Planes { values, channel, channels, area };
                for (found, values) in found.iter_mut().zip(of(gradient).iter()) {
                    found.copy_from_slice(values);
                }
                if let Some(output) = &rectified {
                    for (found, output) in found.iter_mut().zip(of(floats(output)).iter()) {
                        for (found, &output) in found.iter_mut().zip(output) {
                            *found = if output > 0.0 { *found } else { 0.0 };
                        }
                    }
                }
                let (mean, inverse) = (mean[channel], inverse_deviation(variance[channel], eps));
                let (mut total, mut along) = (0.0, 0.0);
                for (found, values) in found.iter().zip(of(input).iter()) {
                    total += sum(found, found, |gradient, _| gradient);
                    along += sum(found, values, |gradient, value| gradient * (value - mean));
                }
                let along = along * inverse as f64;
                let count = (n * area) as f64;
                let factor = weight[channel] * inverse;
                let shift = (total / count) as f32;
                let slope = (along / count) as f32 * inverse;
                for (found, values) in found.into_iter().zip(of(input).iter()) {
                    for (found, value) in found.iter_mut().zip(values) {
                        *found = factor * (*found - shift - (value - mean) * slope);
                    }
                }
                (along as f32, total as f32)
            })
            .collect();
        let (along, total): (Vec<f32>, Vec<f32>) = gradients.into_iter().unzip();
        [
            FlexTensor::from_data(TensorData::new(found, [n, channels, height, width])),
            FlexTensor::from_data(TensorData::new(along, [channels])),
            FlexTensor::from_data(TensorData::new(total, [channels])),
        ]
    }
}

fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

/// One over the standard deviation.
fn inverse_deviation(variance: f32, eps: f64) -> f32 {
    (1.0 / (variance as f64 + eps).sqrt()) as f32
}

/// The planes of each channel, picture by picture.
fn by_channel(values: &mut [f32], channels: usize, area: usize) -> Vec<Vec<&mut [f32]>> {
    let mut planes: Vec<Vec<&mut [f32]>> = (0..channels).map(|_| Vec::new()).collect();
    for (index, plane) in values.chunks_exact_mut(area).enumerate() {
        planes[index % channels].push(plane);
    }
    planes
}

/// One channel of all pictures.
struct Planes<'a> {
    values: &'a [f32],
    channel: usize,
    channels: usize,
    area: usize,
}

impl<'a> Planes<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.area).skip(self.channel).step_by(self.channels)
    }

    /// The sum of a function of each value.
    fn sum(&self, term: impl Fn(f32) -> f32 + Copy) -> f64 {
        self.iter().map(|plane| sum(plane, plane, |value, _| term(value))).sum()
    }
}

/// The sum of a function of two values each, of as many of both; in float32 side by side, then in
/// float64.
fn sum(left: &[f32], right: &[f32], term: impl Fn(f32, f32) -> f32) -> f64 {
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            lanes[lane] += term(left[lane], right[lane]);
        }
    }
    let rest = left_rest.iter().zip(right_rest).map(|(&left, &right)| term(left, right));
    lanes.into_iter().chain(rest).map(f64::from).sum()
}
