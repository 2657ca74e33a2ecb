//! [`anchor_boxes`](crate::ops::anchor_boxes::anchor_boxes) on the GPU: one thread per box.

use crate::ops::ABSENT;
use crate::ops::anchor_boxes::{AnchorBoxesBackend, AnchorGrid, BatchLimits};
use crate::ops::gpu::box_coder::{centre, half};
use crate::ops::gpu::workgroup::WORKGROUP;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// Numbers that describe one level: its columns, two strides, three base anchors.
const GRID: usize = 15;
/// Levels of the pyramid.
const LEVELS: usize = 5;

/// See [`anchor_boxes`](crate::ops::anchor_boxes::anchor_boxes).
#[derive(CubeType, CubeLaunch)]
struct Inputs {
    chosen: OwnedTensor<i32>,
    scores: OwnedTensor<f32>,
    deltas: OwnedTensor<f32>,
    /// `GRID` numbers of each level, then height and width of each batch entry's image.
    places: OwnedTensor<f32>,
}

#[cube(launch)]
fn anchor_boxes_kernel(inputs: &Inputs, boxes: &mut Tensor<f32>, kept: &mut Tensor<f32>, min_size: f32) {
    let chosen = &inputs.chosen;
    let scores = &inputs.scores;
    let deltas = &inputs.deltas;
    let places = &inputs.places;
    let k = chosen.shape(1);
    let position = ABSOLUTE_POS;
    if position >= chosen.shape(0) * k {
        terminate!();
    }
    let row = position / k;
    let entry = usize::cast_from(chosen[position]);
    let source = row * scores.shape(1) + entry;
    let score = scores[source];
    let is_valid = score > ABSENT;

    let image = row / LEVELS * 2 + LEVELS * GRID;
    let height = places[image];
    let width = places[image + 1];
    let grid = row % LEVELS * GRID;
    let columns = usize::cast_from(places[grid]);
    let cell = entry / 3;
    let x = f32::cast_from(cell % columns) * places[grid + 1];
    let y = f32::cast_from(cell / columns) * places[grid + 2];
    let base = grid + 3 + entry % 3 * 4;
    let left = places[base] + x;
    let top = places[base + 1] + y;
    let right = places[base + 2] + x;
    let bottom = places[base + 3] + y;

    let centre_x = centre(left, right, deltas[source * 4]);
    let centre_y = centre(top, bottom, deltas[source * 4 + 1]);
    let half_width = half(left, right, deltas[source * 4 + 2]);
    let half_height = half(top, bottom, deltas[source * 4 + 3]);
    let x1 = clamp(centre_x - half_width, 0.0f32, width);
    let y1 = clamp(centre_y - half_height, 0.0f32, height);
    let x2 = clamp(centre_x + half_width, 0.0f32, width);
    let y2 = clamp(centre_y + half_height, 0.0f32, height);
    boxes[position * 4] = select(is_valid, x1, 0.0f32);
    boxes[position * 4 + 1] = select(is_valid, y1, 0.0f32);
    boxes[position * 4 + 2] = select(is_valid, x2, 0.0f32);
    boxes[position * 4 + 3] = select(is_valid, y2, 0.0f32);
    let is_kept = is_valid && f32::min(x2 - x1, y2 - y1) >= min_size;
    kept[position] = select(is_kept, score, ABSENT);
}

impl AnchorBoxesBackend for CubeBackend {
    fn anchor_boxes(
        chosen: CubeTensor,
        scores: CubeTensor,
        deltas: CubeTensor,
        grids: [AnchorGrid; 5],
        limits: BatchLimits,
    ) -> (CubeTensor, CubeTensor) {
        let [chosen, scores, deltas] = [chosen, scores, deltas].map(into_contiguous);
        let (client, device) = (scores.client.clone(), scores.device.clone());
        let [rows, k] = chosen.meta.shape().dims();
        let mut places: Vec<f32> = Vec::with_capacity(LEVELS * GRID + limits.images.len() * 2);
        for grid in grids {
            places.extend([grid.columns as f32, grid.strides[0], grid.strides[1]]);
            places.extend(grid.base.into_iter().flatten());
        }
        places.extend(limits.images.iter().flat_map(|image| [image.height as f32, image.width as f32]));
        let handle = client.create_from_slice(f32::as_bytes(&places));
        let shape = Shape::new([places.len()]);
        let places = CubeTensor::new_contiguous(client.clone(), device.clone(), shape, handle, DType::F32);
        let empty = |shape: Shape| empty_device_dtype(client.clone(), device.clone(), shape, DType::F32);
        let (boxes, kept) = (empty(Shape::new([rows * k, 4])), empty(Shape::new([rows, k])));
        anchor_boxes_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, rows * k, WORKGROUP),
            WORKGROUP,
            InputsLaunch::new(
                chosen.into_tensor_arg(),
                scores.into_tensor_arg(),
                deltas.into_tensor_arg(),
                places.into_tensor_arg(),
            ),
            boxes.clone().into_tensor_arg(),
            kept.clone().into_tensor_arg(),
            limits.min_size,
        );
        (boxes, kept)
    }
}
