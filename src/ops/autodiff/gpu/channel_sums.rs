//! Sums of each channel over batch and pixels on the GPU, for training.
//!
//! Without autotuning, burn uses one thread per channel; here a channel has many.

use crate::ops::gpu::workgroup::{WORKGROUP, output};
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

/// Threads per channel.
const THREADS: usize = 256;

/// A thread's share of a channel: every 256th of its values. With `centres`, one per channel, it is that of
/// [`squared_distances`], with `others` that of [`channel_products`].
#[cube(launch)]
fn sums_kernel(
    values: &Tensor<f32>,
    others: ComptimeOption<&Tensor<f32>>,
    centres: ComptimeOption<&Tensor<f32>>,
    sums: &mut Tensor<f32>,
) {
    let channels = values.shape(1);
    let area = values.shape(2) * values.shape(3);
    let position = ABSOLUTE_POS;
    if position >= channels * THREADS {
        terminate!();
    }
    let channel = position / THREADS;
    #[comptime]
    let centre = match centres {
        ComptimeOption::Some(centres) => centres[channel],
        ComptimeOption::None => 0.0f32.runtime(),
    };
    let mut sum = 0.0f32;
    let mut pixel = position % THREADS;
    while pixel < values.shape(0) * area {
        let at = (pixel / area * channels + channel) * area + pixel % area;
        #[comptime]
        let value = match (&others, &centres) {
            (ComptimeOption::Some(others), _) => values[at] * (others[at] - centre),
            (ComptimeOption::None, ComptimeOption::Some(_)) => (values[at] - centre) * (values[at] - centre),
            (ComptimeOption::None, ComptimeOption::None) => values[at],
        };
        sum += value;
        pixel += THREADS;
    }
    sums[position] = sum;
}

/// The sums of the channels of `values`, `[n, channels, height, width]`; `[channels]`.
pub(in crate::ops) fn channel_sums(values: CubeTensor) -> CubeTensor {
    run(values, None, None)
}

/// The sums of each channel's squared distances from `centres`, `[channels]`; `[channels]`.
pub(in crate::ops) fn squared_distances(values: CubeTensor, centres: CubeTensor) -> CubeTensor {
    run(values, None, Some(centres))
}

/// The sums of each channel's products of `values` with the differences between `others`, of the same shape,
/// and `centres`, `[channels]`; `[channels]`.
pub(in crate::ops) fn channel_products(values: CubeTensor, others: CubeTensor, centres: CubeTensor) -> CubeTensor {
    run(values, Some(others), Some(centres))
}

fn run(values: CubeTensor, others: Option<CubeTensor>, centres: Option<CubeTensor>) -> CubeTensor {
    let values = into_contiguous(values);
    let [others, centres] =
        [others, centres].map(|tensor| tensor.map(|tensor| into_contiguous(tensor).into_tensor_arg()));
    let channels = values.shape()[1];
    let client = values.client.clone();
    let (sums, count) = output(&values, Shape::new([channels, THREADS]));
    sums_kernel::launch(
        &client,
        count,
        WORKGROUP,
        values.into_tensor_arg(),
        others.into(),
        centres.into(),
        sums.clone().into_tensor_arg(),
    );
    CubeBackend::float_reshape(CubeBackend::float_sum_dim(sums, 1), Shape::new([channels]))
}
