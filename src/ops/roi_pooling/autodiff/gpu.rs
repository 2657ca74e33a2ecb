//! The gradients of RoIAlign on the GPU: a thread gathers, for a pixel of a level in several channels,
//! from the samples of all boxes that the pixel contributed to. Scattering from boxes to pixels would need
//! atomic additions of floats, which WebGPU does not have.

use crate::ops::autodiff::roi_pooling::{RoiAlignSaved, RoiPoolingGradient};
use crate::ops::gpu::workgroup::WORKGROUP;
use crate::ops::roi_pooling::{Sampling, levels::LEVEL_SIDES};
use burn::backend::TensorMetadata;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Channels that a thread gathers in.
const CHANNELS: usize = 4;

/// The samples of a box along one axis: the first is half a `step` after `start`, each other one `step` after
/// the one before.
#[derive(CubeType)]
struct Axis {
    start: f32,
    step: f32,
    samples: usize,
    /// Pixels of the level.
    length: usize,
}

/// One axis of the level and of the output.
#[derive(CubeType)]
struct Side {
    /// Pixels of the level per pixel of the resized image.
    scale: f32,
    /// Pixels of the level.
    length: usize,
    /// Cells of the output.
    cells: usize,
}

#[cube]
impl Axis {
    /// The samples of a box that extends from `from` to `to`, in pixels of the resized image.
    fn of(from: f32, to: f32, side: &Side, #[comptime] sampling: Sampling) -> Axis {
        let (shift, min_side) = comptime!(if sampling.aligned { (0.5f32, 0.0f32) } else { (0.0f32, 1.0f32) });
        let start = from * side.scale - shift;
        let length = f32::max(to * side.scale - shift - start, min_side);
        let samples = side.cells * comptime!(sampling.ratio);
        Axis { start, step: length / f32::cast_from(samples), samples, length: side.length }
    }

    /// The weight of a pixel in a sample, 0..1.
    fn share(&self, sample: usize, pixel: usize) -> f32 {
        let position = self.start + (f32::cast_from(sample) + 0.5f32) * self.step;
        let last = f32::cast_from(self.length - 1);
        let inside = position >= -1.0f32 && position <= last + 1.0f32;
        let distance = f32::abs(clamp(position, 0.0f32, last) - f32::cast_from(pixel));
        select(inside, f32::max(1.0f32 - distance, 0.0f32), 0.0f32)
    }

    /// The first sample to which a pixel may contribute. Samples outside the level read its edge.
    fn first(&self, pixel: usize) -> usize {
        let before = f32::cast_from(pixel) - 1.0f32 - self.start;
        let sample = (before / f32::max(self.step, 1e-12f32) - 0.5f32).floor();
        usize::cast_from(u32::cast_from(clamp(sample, 0.0f32, f32::cast_from(self.samples))))
    }

    /// One past the last sample to which a pixel may contribute.
    fn end(&self, pixel: usize) -> usize {
        let reach = select(pixel + 1 == self.length, 2.0f32, 1.0f32);
        let beyond = f32::cast_from(pixel) + reach - self.start;
        let sample = (beyond / f32::max(self.step, 1e-12f32) + 1.5f32).floor();
        usize::cast_from(u32::cast_from(clamp(sample, 0.0f32, f32::cast_from(self.samples))))
    }
}

/// Pixels of the level and of P2 per pixel of the resized image.
#[derive(CubeType, CubeLaunch)]
struct Scales {
    level: f32,
    p2: f32,
}

/// What the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Target {
    /// 0 for P2 to 3 for P5.
    level: usize,
    sampling: Sampling,
}

#[cube(launch)]
fn gradient_kernel(
    gradient: &Tensor<f32>,
    boxes: &Tensor<f32>,
    output: &mut Tensor<f32>,
    scales: &Scales,
    #[comptime] target: Target,
) {
    let channels = output.shape(1);
    let height = output.shape(2);
    let width = output.shape(3);
    let size = gradient.shape(2);
    let groups = channels.div_ceil(CHANNELS);
    let position = ABSOLUTE_POS;
    if position >= groups * height * width {
        terminate!();
    }
    let x = position % width;
    let y = position / width % height;
    let first_channel = position / (width * height) * CHANNELS;

    let mut sums = Array::<f32>::new(CHANNELS);
    #[unroll]
    for channel in 0..CHANNELS {
        sums[channel] = 0.0f32;
    }
    let min_side = comptime!(if target.level == 0 { 0.0f32 } else { LEVEL_SIDES[target.level - 1] });
    let end_side = comptime!(if target.level == 3 { f32::MAX } else { LEVEL_SIDES[target.level] });
    let ratio = comptime!(target.sampling.ratio);
    let vertical = Side { scale: scales.level, length: height, cells: size };
    let horizontal = Side { scale: scales.level, length: width, cells: size };
    for region in 0..boxes.shape(0) {
        let left = boxes[region * 4];
        let top = boxes[region * 4 + 1];
        let right = boxes[region * 4 + 2];
        let bottom = boxes[region * 4 + 3];
        let side = f32::sqrt((right - left) * (bottom - top)) * (4.0f32 * scales.p2);
        if side >= min_side && side < end_side {
            let rows = Axis::of(top, bottom, &vertical, target.sampling);
            let columns = Axis::of(left, right, &horizontal, target.sampling);
            for sample_y in rows.first(y)..rows.end(y) {
                let down = rows.share(sample_y, y);
                for sample_x in columns.first(x)..columns.end(x) {
                    let share = down * columns.share(sample_x, x);
                    let cell = sample_y / ratio * size + sample_x / ratio;
                    #[unroll]
                    for channel in 0..CHANNELS {
                        let plane = region * channels + usize::min(first_channel + channel, channels - 1);
                        sums[channel] += share * gradient[plane * size * size + cell];
                    }
                }
            }
        }
    }
    let count = comptime!((ratio * ratio) as f32);
    #[unroll]
    for channel in 0..CHANNELS {
        if first_channel + channel < channels {
            output[((first_channel + channel) * height + y) * width + x] = sums[channel] / count;
        }
    }
}

impl RoiPoolingGradient for CubeBackend {
    fn roi_align_gradients(saved: RoiAlignSaved<Self>, gradient: CubeTensor) -> [CubeTensor; 4] {
        let RoiAlignSaved { levels, boxes, scales, sampling } = saved;
        let [gradient, boxes] = [gradient, boxes].map(into_contiguous);
        let client = gradient.client.clone();
        core::array::from_fn(|level| {
            let [_, channels, height, width] = levels[level].dims();
            let shape = Shape::new([1, channels, height, width]);
            let output = empty_device_dtype(client.clone(), gradient.device(), shape, gradient.dtype);
            gradient_kernel::launch(
                &client,
                calculate_cube_count_elemwise(&client, channels.div_ceil(CHANNELS) * height * width, WORKGROUP),
                WORKGROUP,
                gradient.clone().into_tensor_arg(),
                boxes.clone().into_tensor_arg(),
                output.clone().into_tensor_arg(),
                ScalesLaunch::new(scales[level], scales[0]),
                Target { level, sampling },
            );
            output
        })
    }
}
