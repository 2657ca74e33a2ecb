//! [`class_boxes`](super::class_boxes) on the GPU: one thread a region, for all classes share its softmax.

use super::{BoxLimits, ClassBoxesBackend};
use crate::ops::ABSENT;
use crate::ops::box_coder::BOX_WEIGHTS;
use crate::ops::box_coder::gpu::{centre, half};
use crate::ops::workgroup::WORKGROUP;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

#[cube(launch)]
fn class_boxes_kernel(
    logits: &Tensor<f32>,
    deltas: &Tensor<f32>,
    regions: &Tensor<f32>,
    objectness: &Tensor<f32>,
    boxes: &mut Tensor<f32>,
    scores: &mut Tensor<f32>,
    height: f32,
    width: f32,
    min_size: f32,
    threshold: f32,
) {
    let n = logits.shape(0);
    let classes = logits.shape(1);
    let region = ABSOLUTE_POS;
    if region >= n {
        terminate!();
    }
    let is_there = objectness[region] > ABSENT;
    let left = regions[region * 4];
    let top = regions[region * 4 + 1];
    let right = regions[region * 4 + 2];
    let bottom = regions[region * 4 + 3];

    let mut most = logits[region * classes];
    for class in 1..classes {
        most = f32::max(most, logits[region * classes + class]);
    }
    let mut total = 0.0f32;
    for class in 0..classes {
        total += f32::exp(logits[region * classes + class] - most);
    }
    for class in 1..classes {
        let own = region * classes + class;
        let centre_x = centre(left, right, deltas[own * 4] / BOX_WEIGHTS[0]);
        let centre_y = centre(top, bottom, deltas[own * 4 + 1] / BOX_WEIGHTS[1]);
        let half_width = half(left, right, deltas[own * 4 + 2] / BOX_WEIGHTS[2]);
        let half_height = half(top, bottom, deltas[own * 4 + 3] / BOX_WEIGHTS[3]);
        let x1 = clamp(centre_x - half_width, 0.0f32, width);
        let y1 = clamp(centre_y - half_height, 0.0f32, height);
        let x2 = clamp(centre_x + half_width, 0.0f32, width);
        let y2 = clamp(centre_y + half_height, 0.0f32, height);
        let at = (class - 1) * n + region;
        boxes[at * 4] = x1;
        boxes[at * 4 + 1] = y1;
        boxes[at * 4 + 2] = x2;
        boxes[at * 4 + 3] = y2;
        let score = f32::exp(logits[own] - most) / total;
        let stays = is_there && score > threshold && f32::min(x2 - x1, y2 - y1) >= min_size;
        scores[at] = select(stays, score, ABSENT);
    }
}

impl ClassBoxesBackend for CubeBackend {
    fn class_boxes(
        logits: CubeTensor,
        deltas: CubeTensor,
        regions: CubeTensor,
        objectness: CubeTensor,
        limits: BoxLimits,
        threshold: f32,
    ) -> (CubeTensor, CubeTensor) {
        let [logits, deltas, regions, objectness] = [logits, deltas, regions, objectness].map(into_contiguous);
        let (client, device) = (logits.client.clone(), logits.device.clone());
        let [n, classes] = logits.meta.shape().dims();
        let empty = |shape: Shape| empty_device_dtype(client.clone(), device.clone(), shape, DType::F32);
        let (boxes, scores) = (empty(Shape::new([classes - 1, n, 4])), empty(Shape::new([classes - 1, n])));
        class_boxes_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, n, WORKGROUP),
            WORKGROUP,
            logits.into_tensor_arg(),
            deltas.into_tensor_arg(),
            regions.into_tensor_arg(),
            objectness.into_tensor_arg(),
            boxes.clone().into_tensor_arg(),
            scores.clone().into_tensor_arg(),
            limits.picture.0 as f32,
            limits.picture.1 as f32,
            limits.min_size,
            threshold,
        );
        (boxes, scores)
    }
}
