//! [`nms`](crate::ops::nms::nms) on the GPU: ranks, one bit per overlapping pair, and one sequential pass per group.

use crate::ops::ABSENT;
use crate::ops::gpu::workgroup::WORKGROUP;
use crate::ops::nms::NmsBackend;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// `order[group, rank]` becomes the index of the box of that rank, or `n` for an absent box;
/// those rank last. No box is kept yet.
#[cube(launch)]
fn rank_kernel(scores: &Tensor<f32>, order: &mut Tensor<u32>, kept: &mut Tensor<f32>) {
    let n = scores.shape(1);
    let position = ABSOLUTE_POS;
    if position >= scores.shape(0) * n {
        terminate!();
    }
    let score = scores[position];
    let start = position / n * n;
    let mine = position % n;
    let mut rank = 0usize;
    for other in 0..n {
        let theirs = scores[start + other];
        if theirs > score || (theirs == score && other < mine) {
            rank += 1;
        }
    }
    order[start + rank] = u32::cast_from(select(score > ABSENT, mine, n));
    kept[position] = ABSENT;
}

#[cube]
fn iou(boxes: &Tensor<f32>, a: usize, b: usize) -> f32 {
    let width = f32::max(f32::min(boxes[a + 2], boxes[b + 2]) - f32::max(boxes[a], boxes[b]), 0.0f32);
    let height = f32::max(f32::min(boxes[a + 3], boxes[b + 3]) - f32::max(boxes[a + 1], boxes[b + 1]), 0.0f32);
    let intersection = width * height;
    let union = (boxes[a + 2] - boxes[a]) * (boxes[a + 3] - boxes[a + 1])
        + (boxes[b + 2] - boxes[b]) * (boxes[b + 3] - boxes[b + 1])
        - intersection;
    select(union > 0.0f32, intersection / union, 0.0f32)
}

/// Bit `column % 32` of `overlaps[group, row, column / 32]`: whether the box of rank `row` beats
/// that of the later rank `column`.
#[cube(launch)]
fn overlap_kernel(boxes: &Tensor<f32>, order: &Tensor<u32>, overlaps: &mut Tensor<u32>, iou_threshold: f32) {
    let n = order.shape(1);
    let words = overlaps.shape(2);
    let position = ABSOLUTE_POS;
    if position >= order.shape(0) * n * words {
        terminate!();
    }
    let word = position % words;
    let row = position / words % n;
    let start = position / words / n * n;
    let winner = usize::cast_from(order[start + row]);
    if winner >= n || word * 32 + 31 < row {
        terminate!();
    }
    let mut bits = 0u32;
    for bit in 0..32u32 {
        let column = word * 32 + usize::cast_from(bit);
        if column > row && column < n {
            let loser = usize::cast_from(order[start + column]);
            if loser < n && iou(boxes, (start + winner) * 4, (start + loser) * 4) > iou_threshold {
                bits |= 1u32 << bit;
            }
        }
    }
    overlaps[position] = bits;
}

/// Walks one group from its best box down.
#[cube(launch)]
fn walk_kernel(
    scores: &Tensor<f32>,
    order: &Tensor<u32>,
    overlaps: &Tensor<u32>,
    suppressed: &mut Tensor<u32>,
    kept: &mut Tensor<f32>,
) {
    let n = order.shape(1);
    let words = overlaps.shape(2);
    let group = ABSOLUTE_POS;
    if group >= order.shape(0) {
        terminate!();
    }
    for word in 0..words {
        suppressed[group * words + word] = 0u32;
    }
    let start = group * n;
    let mut row = 0usize;
    while row < n && usize::cast_from(order[start + row]) < n {
        let first = row / 32;
        let is_suppressed = (suppressed[group * words + first] >> u32::cast_from(row % 32)) & 1u32;
        if is_suppressed == 0u32 {
            let index = start + usize::cast_from(order[start + row]);
            kept[index] = scores[index];
            for word in first..words {
                suppressed[group * words + word] |= overlaps[(start + row) * words + word];
            }
        }
        row += 1;
    }
}

impl NmsBackend for CubeBackend {
    fn nms(boxes: CubeTensor, scores: CubeTensor, iou_threshold: f32) -> CubeTensor {
        let (boxes, scores) = (into_contiguous(boxes), into_contiguous(scores));
        let (client, device) = (scores.client.clone(), scores.device.clone());
        let [groups, n] = scores.meta.shape().dims();
        let words = n.div_ceil(32);
        let workgroups = |elements: usize| calculate_cube_count_elemwise(&client, elements, WORKGROUP);

        let empty = |shape: Shape, dtype: DType| empty_device_dtype(client.clone(), device.clone(), shape, dtype);

        let order = empty(Shape::new([groups, n]), DType::U32);
        let kept = empty(Shape::new([groups, n]), DType::F32);
        let count = workgroups(groups * n);
        rank_kernel::launch(
            &client,
            count,
            WORKGROUP,
            scores.clone().into_tensor_arg(),
            order.clone().into_tensor_arg(),
            kept.clone().into_tensor_arg(),
        );

        let overlaps = empty(Shape::new([groups, n, words]), DType::U32);
        let count = workgroups(groups * n * words);
        overlap_kernel::launch(
            &client,
            count,
            WORKGROUP,
            boxes.into_tensor_arg(),
            order.clone().into_tensor_arg(),
            overlaps.clone().into_tensor_arg(),
            iou_threshold,
        );

        let suppressed = empty(Shape::new([groups, words]), DType::U32);
        let count = workgroups(groups);
        walk_kernel::launch(
            &client,
            count,
            WORKGROUP,
            scores.into_tensor_arg(),
            order.into_tensor_arg(),
            overlaps.into_tensor_arg(),
            suppressed.into_tensor_arg(),
            kept.clone().into_tensor_arg(),
        );
        kept
    }
}
