//! [`class_boxes`](crate::ops::class_boxes::class_boxes) on the GPU: one thread per region, whose classes share a softmax.

use crate::ops::ABSENT;
use crate::ops::box_coder::BOX_WEIGHTS;
use crate::ops::class_boxes::{ClassBoxesBackend, ClassLimits};
use crate::ops::gpu::box_coder::{Limits, centre, half};
use crate::ops::gpu::workgroup::WORKGROUP;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// See [`class_boxes`](crate::ops::class_boxes::class_boxes).
#[derive(CubeType, CubeLaunch)]
struct Inputs {
    logits: OwnedTensor<f32>,
    deltas: OwnedTensor<f32>,
    regions: OwnedTensor<f32>,
    objectness: OwnedTensor<f32>,
}

#[cube(launch)]
fn class_boxes_kernel(
    inputs: &Inputs,
    boxes: &mut Tensor<f32>,
    scores: &mut Tensor<f32>,
    limits: &Limits,
    threshold: f32,
) {
    let logits = &inputs.logits;
    let deltas = &inputs.deltas;
    let regions = &inputs.regions;
    let objectness = &inputs.objectness;
    let n = logits.shape(0);
    let classes = logits.shape(1);
    let region = ABSOLUTE_POS;
    if region >= n {
        terminate!();
    }
    let is_valid = objectness[region] > ABSENT;
    let left = regions[region * 4];
    let top = regions[region * 4 + 1];
    let right = regions[region * 4 + 2];
    let bottom = regions[region * 4 + 3];

    let mut max = logits[region * classes];
    for class in 1..classes {
        max = f32::max(max, logits[region * classes + class]);
    }
    let mut total = 0.0f32;
    for class in 0..classes {
        total += f32::exp(logits[region * classes + class] - max);
    }
    for class in 1..classes {
        let own = region * classes + class;
        let centre_x = centre(left, right, deltas[own * 4] / BOX_WEIGHTS[0]);
        let centre_y = centre(top, bottom, deltas[own * 4 + 1] / BOX_WEIGHTS[1]);
        let half_width = half(left, right, deltas[own * 4 + 2] / BOX_WEIGHTS[2]);
        let half_height = half(top, bottom, deltas[own * 4 + 3] / BOX_WEIGHTS[3]);
        let x1 = clamp(centre_x - half_width, 0.0f32, limits.width);
        let y1 = clamp(centre_y - half_height, 0.0f32, limits.height);
        let x2 = clamp(centre_x + half_width, 0.0f32, limits.width);
        let y2 = clamp(centre_y + half_height, 0.0f32, limits.height);
        let at = (class - 1) * n + region;
        boxes[at * 4] = x1;
        boxes[at * 4 + 1] = y1;
        boxes[at * 4 + 2] = x2;
        boxes[at * 4 + 3] = y2;
        let score = f32::exp(logits[own] - max) / total;
        let is_kept = is_valid && score > threshold && f32::min(x2 - x1, y2 - y1) >= limits.min_size;
        scores[at] = select(is_kept, score, ABSENT);
    }
}

impl ClassBoxesBackend for CubeBackend {
    fn class_boxes(
        logits: CubeTensor,
        deltas: CubeTensor,
        regions: CubeTensor,
        objectness: CubeTensor,
        limits: ClassLimits,
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
            InputsLaunch::new(
                logits.into_tensor_arg(),
                deltas.into_tensor_arg(),
                regions.into_tensor_arg(),
                objectness.into_tensor_arg(),
            ),
            boxes.clone().into_tensor_arg(),
            scores.clone().into_tensor_arg(),
            Limits::launch(limits.boxes),
            limits.score_threshold,
        );
        (boxes, scores)
    }
}
