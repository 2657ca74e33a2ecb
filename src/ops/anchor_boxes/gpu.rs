//! [`anchor_boxes`](crate::ops::anchor_boxes::anchor_boxes) on the GPU: one thread per box.

use crate::ops::ABSENT;
use crate::ops::anchor_boxes::{AnchorBoxesBackend, AnchorGrid, BoxLimits};
use crate::ops::gpu::box_coder::{Limits, centre, half};
use crate::ops::gpu::workgroup::WORKGROUP;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Numbers that describe one level: its columns, two strides, three base anchors.
const GRID: usize = 15;

/// See [`anchor_boxes`](crate::ops::anchor_boxes::anchor_boxes).
#[derive(CubeType, CubeLaunch)]
struct Inputs {
    chosen: OwnedTensor<i32>,
    scores: OwnedTensor<f32>,
    deltas: OwnedTensor<f32>,
    /// `[levels, GRID]`.
    grids: OwnedTensor<f32>,
}

#[cube(launch)]
fn anchor_boxes_kernel(inputs: &Inputs, boxes: &mut Tensor<f32>, kept: &mut Tensor<f32>, limits: &Limits) {
    let chosen = &inputs.chosen;
    let scores = &inputs.scores;
    let deltas = &inputs.deltas;
    let grids = &inputs.grids;
    let k = chosen.shape(1);
    let position = ABSOLUTE_POS;
    if position >= chosen.shape(0) * k {
        terminate!();
    }
    let level = position / k;
    let entry = usize::cast_from(chosen[position]);
    let source = level * scores.shape(1) + entry;
    let score = scores[source];
    let is_valid = score > ABSENT;

    let grid = level * GRID;
    let columns = usize::cast_from(grids[grid]);
    let cell = entry / 3;
    let x = f32::cast_from(cell % columns) * grids[grid + 1];
    let y = f32::cast_from(cell / columns) * grids[grid + 2];
    let base = grid + 3 + entry % 3 * 4;
    let left = grids[base] + x;
    let top = grids[base + 1] + y;
    let right = grids[base + 2] + x;
    let bottom = grids[base + 3] + y;

    let centre_x = centre(left, right, deltas[source * 4]);
    let centre_y = centre(top, bottom, deltas[source * 4 + 1]);
    let half_width = half(left, right, deltas[source * 4 + 2]);
    let half_height = half(top, bottom, deltas[source * 4 + 3]);
    let x1 = clamp(centre_x - half_width, 0.0f32, limits.width);
    let y1 = clamp(centre_y - half_height, 0.0f32, limits.height);
    let x2 = clamp(centre_x + half_width, 0.0f32, limits.width);
    let y2 = clamp(centre_y + half_height, 0.0f32, limits.height);
    boxes[position * 4] = select(is_valid, x1, 0.0f32);
    boxes[position * 4 + 1] = select(is_valid, y1, 0.0f32);
    boxes[position * 4 + 2] = select(is_valid, x2, 0.0f32);
    boxes[position * 4 + 3] = select(is_valid, y2, 0.0f32);
    let is_kept = is_valid && f32::min(x2 - x1, y2 - y1) >= limits.min_size;
    kept[position] = select(is_kept, score, ABSENT);
}

impl AnchorBoxesBackend for CubeBackend {
    fn anchor_boxes(
        chosen: CubeTensor,
        scores: CubeTensor,
        deltas: CubeTensor,
        grids: [AnchorGrid; 5],
        limits: BoxLimits,
    ) -> (CubeTensor, CubeTensor) {
        let [chosen, scores, deltas] = [chosen, scores, deltas].map(into_contiguous);
        let (client, device) = (scores.client.clone(), scores.device.clone());
        let [levels, k] = chosen.meta.shape().dims();
        let numbers: Vec<f32> = grids
            .iter()
            .flat_map(|grid| {
                let place = [grid.columns as f32, grid.strides[0], grid.strides[1]];
                place.into_iter().chain(grid.base.into_iter().flatten())
            })
            .collect();
        let handle = client.create_from_slice(f32::as_bytes(&numbers));
        let shape = Shape::new([levels, GRID]);
        let grids = CubeTensor::new_contiguous(client.clone(), device.clone(), shape, handle, DType::F32);
        let empty = |shape: Shape| empty_device_dtype(client.clone(), device.clone(), shape, DType::F32);
        let (boxes, kept) = (empty(Shape::new([levels * k, 4])), empty(Shape::new([levels, k])));
        anchor_boxes_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, levels * k, WORKGROUP),
            WORKGROUP,
            InputsLaunch::new(
                chosen.into_tensor_arg(),
                scores.into_tensor_arg(),
                deltas.into_tensor_arg(),
                grids.into_tensor_arg(),
            ),
            boxes.clone().into_tensor_arg(),
            kept.clone().into_tensor_arg(),
            Limits::launch(limits),
        );
        (boxes, kept)
    }
}
