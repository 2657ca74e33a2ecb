//! [`batch_norm`](crate::ops::batch_norm::batch_norm) and its gradients on the CPU. One thread computes a channel: its
//! planes stay in that core's cache from pass to pass, and the order of sums is fixed.

use crate::ops::activation::Activation;
use crate::ops::autodiff::batch_norm::{BatchNormGradient, BatchNormSaved};
use crate::ops::batch_norm::BatchNormBackend;
use crate::ops::parallel;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

/// Partial sums that are kept side by side, for vector instructions.
const LANES: usize = 16;

impl BatchNormBackend for Flex {
    fn normalise_batch(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        eps: f64,
        activation: Activation,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [n, channels, height, width] = input.layout().shape().dims();
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
        let [input, weight, bias] = [&input, &weight, &bias].map(floats);
        let mut output = vec![0.0; input.len()];
        let bounds = activation.bounds();
        let statistics = parallel::map(by_channel(&mut output, channels, height * width), |channel, found| {
            let planes = Planes { values: input, channel, channels, area: height * width };
            let count = (n * height * width) as f64;
            let mean = (planes.sum(|x| x) / count) as f32;
            let variance = (planes.sum(|x| (x - mean) * (x - mean)) / count) as f32;
            let factor = weight[channel] * inverse_deviation(variance, eps);
            for (found, values) in found.into_iter().zip(planes.iter()) {
                for (found, value) in found.iter_mut().zip(values) {
                    *found = bounds.clamp((value - mean) * factor + bias[channel]);
                }
            }
            (mean, variance)
        });
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
        let BatchNormSaved { input, weight, mean, variance, eps, output, activation } = saved;
        let [n, channels, height, width] = input.layout().shape().dims();
        let [input, weight, gradient] = [input, weight, gradient].map(|tensor| tensor.to_contiguous());
        let output = output.map(|output| output.to_contiguous());
        let output = output.as_ref().map(floats);
        let bounds = activation.bounds();
        let [input, weight, mean, variance, gradient] = [&input, &weight, &mean, &variance, &gradient].map(floats);
        let mut found = vec![0.0; input.len()];
        let area = height * width;
        let gradients = parallel::map(by_channel(&mut found, channels, area), |channel, found| {
            let of = |values| Planes { values, channel, channels, area };
            let channel = Channel {
                mean: mean[channel],
                inverse: inverse_deviation(variance[channel], eps),
                weight: weight[channel],
                count: (n * area) as f64,
            };
            let (input, gradient) = (of(input), of(gradient));
            match output {
                Some(output) => {
                    channel.gradients([input, gradient, of(output)], move |output| bounds.passes(output), found)
                }
                None => channel.gradients([input, gradient, gradient], |_| true, found),
            }
        });
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

/// The planes of each channel, entry by entry.
fn by_channel(values: &mut [f32], channels: usize, area: usize) -> Vec<Vec<&mut [f32]>> {
    let mut planes: Vec<Vec<&mut [f32]>> = (0..channels).map(|_| Vec::new()).collect();
    for (index, plane) in values.chunks_exact_mut(area).enumerate() {
        planes[index % channels].push(plane);
    }
    planes
}

/// What the gradients of a channel depend on.
struct Channel {
    mean: f32,
    /// One over the standard deviation.
    inverse: f32,
    weight: f32,
    /// Values of the channel in the batch.
    count: f64,
}

impl Channel {
    /// Fills in the input's gradient and returns those of weight and bias. `gradient` is the output's, and
    /// passes where `passes` holds for the value of `output`.
    fn gradients(
        &self,
        [input, gradient, output]: [Planes<'_>; 3],
        passes: impl Fn(f32) -> bool + Copy,
        found: Vec<&mut [f32]>,
    ) -> (f32, f32) {
        let passed = |gradient: f32, output: f32| if passes(output) { gradient } else { 0.0 };
        let (mut total, mut along) = (0.0, 0.0);
        for ((input, gradient), output) in input.iter().zip(gradient.iter()).zip(output.iter()) {
            total += sum([gradient, output, input], |[gradient, output, _]| passed(gradient, output));
            along += sum([gradient, output, input], |[gradient, output, input]| {
                passed(gradient, output) * (input - self.mean)
            });
        }
        let along = along * f64::from(self.inverse);
        let factor = self.weight * self.inverse;
        let shift = (total / self.count) as f32;
        let slope = (along / self.count) as f32 * self.inverse;
        for (((found, input), gradient), output) in
            found.into_iter().zip(input.iter()).zip(gradient.iter()).zip(output.iter())
        {
            for (((found, input), &gradient), &output) in found.iter_mut().zip(input).zip(gradient).zip(output) {
                *found = factor * (passed(gradient, output) - shift - (input - self.mean) * slope);
            }
        }
        (along as f32, total as f32)
    }
}

/// One channel of all batch entries.
#[derive(Clone, Copy)]
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
        self.iter().map(|plane| sum([plane], |[value]| term(value))).sum()
    }
}

/// The sum of a function of values from slices of one length; in float32 side by side, then in
/// float64.
fn sum<const N: usize>(slices: [&[f32]; N], term: impl Fn([f32; N]) -> f32) -> f64 {
    let chunks = slices.map(|slice| slice.as_chunks::<LANES>());
    let count = chunks.iter().map(|(whole, _)| whole.len()).min().unwrap_or(0);
    let whole = chunks.map(|(whole, _)| &whole[..count]);
    let mut lanes = [0.0; LANES];
    for index in 0..count {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(whole.map(|slice| slice[index][lane]));
        }
    }
    let rest = (count * LANES..slices[0].len()).map(|index| term(slices.map(|slice| slice[index])));
    lanes.into_iter().chain(rest).map(f64::from).sum()
}
