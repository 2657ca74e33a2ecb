//! The gradients of [`roi_align`](super::super::roi_align) on the GPU, of matrix products.
//!
//! A cell's mean of bilinear samples is a product along the rows and one along the columns: a box's
//! cells are `Y F Xᵀ` for the features `F` of a channel, where a row of `Y` or `X` says how much each
//! row or column of the level counts in one of cells. So `F`'s gradient is the sum of `Yᵀ G X` over
//! the boxes, with `G` the gradient of the cells.

use super::{RoiAlignGradient, RoiAlignSaved};
use crate::ops::roi_levels::LEVEL_SIDES;
use burn::backend::TensorMetadata;
use burn::backend::ops::{FloatTensorOps, IntTensorOps};
use burn::tensor::{FloatDType, IntDType, Shape, Slice};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

type B = CubeBackend;

/// Boxes that are done at once: it bounds the memory for the products.
const BOXES: usize = 128;

/// Where the samples of a cell are.
#[derive(Clone, Copy)]
struct Sampling {
    /// Samples a side.
    ratio: usize,
    /// Where a pixel's value is, see [`roi_align`](crate::ops::roi_align::roi_align).
    aligned: bool,
}

impl RoiAlignGradient for CubeBackend {
    fn roi_align_gradients(saved: RoiAlignSaved<Self>, gradient: CubeTensor) -> [CubeTensor; 4] {
        let RoiAlignSaved { levels, boxes, scales, sampling_ratio, aligned } = saved;
        let n = boxes.shape()[0];
        core::array::from_fn(|level| {
            let shape = levels[level].clone();
            let parts = (0..n).step_by(BOXES).map(|start| {
                let part = [Slice::from(start..(start + BOXES).min(n))];
                let (boxes, gradient) = (B::float_slice(boxes.clone(), &part), B::float_slice(gradient.clone(), &part));
                part_gradient(boxes, gradient, level, &shape, scales, Sampling { ratio: sampling_ratio, aligned })
            });
            let sum = parts.reduce(B::float_add);
            sum.unwrap_or_else(|| B::float_zeros(shape.clone(), &gradient.device(), FloatDType::F32))
        })
    }
}

/// A level's gradient from some of the boxes.
fn part_gradient(
    boxes: CubeTensor,
    gradient: CubeTensor,
    level: usize,
    shape: &Shape,
    scales: [f32; 4],
    sampling: Sampling,
) -> CubeTensor {
    let [_, channels, height, width] = shape.dims();
    let [n, _, size, _] = gradient.shape().dims();
    let [left, top, right, bottom] = [0, 1, 2, 3].map(|side| {
        let column = B::float_slice(boxes.clone(), &[Slice::from(0..n), Slice::from(side..side + 1)]);
        B::float_reshape(column, Shape::new([n, 1, 1]))
    });
    let sides = (B::float_sub(right.clone(), left.clone()), B::float_sub(bottom.clone(), top.clone()));
    let here = level_share(B::float_mul(sides.0, sides.1), level, scales[0]);
    let rows = axis(top, bottom, scales[level], size, sampling, height);
    let columns = axis(left, right, scales[level], size, sampling, width);
    let rows = B::float_mul(rows, here);
    // [n, channels × size, size] × [n, size, width]
    let gradient = B::float_reshape(gradient, Shape::new([n, channels * size, size]));
    let spread = B::float_reshape(B::float_matmul(gradient, columns), Shape::new([n, channels, size, width]));
    // [height, n × size] × [n × size, channels × width]
    let spread = B::float_permute(spread, &[0, 2, 1, 3]);
    let spread = B::float_reshape(spread, Shape::new([n * size, channels * width]));
    let rows = B::float_transpose(B::float_reshape(rows, Shape::new([n * size, height])));
    let sum = B::float_reshape(B::float_matmul(rows, spread), Shape::new([height, channels, width]));
    B::float_reshape(B::float_permute(sum, &[1, 0, 2]), shape.clone())
}

/// 1 for the boxes of a level, 0 for the others; `[n, 1, 1]`.
fn level_share(area: CubeTensor, level: usize, p2_scale: f32) -> CubeTensor {
    let side = B::float_mul_scalar(B::float_sqrt(area), (4.0 * p2_scale).into());
    let least = level.checked_sub(1).map_or(0.0, |below| LEVEL_SIDES[below]);
    let reached = at_least(side.clone(), least);
    match LEVEL_SIDES.get(level) {
        Some(&beyond) => B::float_sub(reached, at_least(side, beyond)),
        None => reached,
    }
}

/// 1 where a value is at least `bound`, else 0.
fn at_least(values: CubeTensor, bound: f32) -> CubeTensor {
    let sign = B::float_sign(B::float_add_scalar(values, (-bound).into()));
    B::float_clamp(B::float_add_scalar(sign, 1.0.into()), 0.0.into(), 1.0.into())
}

/// How much each of `length` cells of a level counts in each of `size` cells of a box along one
/// axis, `[n, size, length]`; `start` and `end` are `[n, 1, 1]`.
fn axis(start: CubeTensor, end: CubeTensor, scale: f32, size: usize, sampling: Sampling, length: usize) -> CubeTensor {
    let device = start.device();
    let whole = |count: usize, shape: [usize; 3]| {
        let numbers = B::int_into_float(B::int_arange(0..count as i64, &device, IntDType::I32), FloatDType::F32);
        B::float_reshape(numbers, Shape::new(shape))
    };
    let (shift, shortest): (f32, f32) = if sampling.aligned { (-0.5, 0.0) } else { (0.0, 1.0) };
    let [start, end] =
        [start, end].map(|edge| B::float_add_scalar(B::float_mul_scalar(edge, scale.into()), shift.into()));
    let side = B::float_clamp_min(B::float_sub(end, start.clone()), shortest.into());
    let cell = B::float_div_scalar(side, (size as f32).into());
    let mut sum = None;
    for sample in 0..sampling.ratio {
        let within = (sample as f32 + 0.5) / sampling.ratio as f32;
        let cells = B::float_add_scalar(whole(size, [1, size, 1]), within.into());
        let position = B::float_add(start.clone(), B::float_mul(cells, cell.clone()));
        let from = at_least(position.clone(), -1.0);
        let to = at_least(B::float_neg(position.clone()), -(length as f32));
        let inside = B::float_mul(from, to);
        let position = B::float_clamp(position, 0.0.into(), ((length - 1) as f32).into());
        let distance = B::float_abs(B::float_sub(whole(length, [1, 1, length]), position));
        let share = B::float_clamp_min(B::float_add_scalar(B::float_neg(distance), 1.0.into()), 0.0.into());
        let share = B::float_mul(share, inside);
        sum = Some(match sum {
            Some(sum) => B::float_add(sum, share),
            None => share,
        });
    }
    let sum = sum.unwrap_or_else(|| B::float_zeros(Shape::new([1, size, length]), &device, FloatDType::F32));
    B::float_div_scalar(sum, (sampling.ratio as f32).into())
}
