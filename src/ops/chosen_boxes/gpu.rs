//! [`chosen_boxes`](crate::ops::chosen_boxes::chosen_boxes) on the GPU: one thread per entry.

use crate::ops::ABSENT;
use crate::ops::chosen_boxes::ChosenBoxesBackend;
use crate::ops::gpu::workgroup::WORKGROUP;
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// See [`chosen_boxes`](crate::ops::chosen_boxes::chosen_boxes).
#[derive(CubeType, CubeLaunch)]
struct Inputs {
    boxes: OwnedTensor<f32>,
    scores: OwnedTensor<f32>,
    chosen: OwnedTensor<i32>,
}

#[cube(launch)]
fn chosen_boxes_kernel(
    inputs: &Inputs,
    chosen_boxes: &mut Tensor<f32>,
    chosen_scores: &mut Tensor<f32>,
    groups: &mut Tensor<i32>,
) {
    let boxes = &inputs.boxes;
    let scores = &inputs.scores;
    let chosen = &inputs.chosen;
    let position = ABSOLUTE_POS;
    if position >= chosen.shape(0) {
        terminate!();
    }
    let entry = usize::cast_from(chosen[position]);
    let score = scores[entry];
    for side in 0..4usize {
        chosen_boxes[position * 4 + side] = select(score > ABSENT, boxes[entry * 4 + side], ABSENT);
    }
    chosen_scores[position] = score;
    groups[position] = i32::cast_from(entry / scores.shape(1) + 1);
}

impl ChosenBoxesBackend for CubeBackend {
    fn chosen_boxes(boxes: CubeTensor, scores: CubeTensor, chosen: CubeTensor) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [boxes, scores, chosen] = [boxes, scores, chosen].map(into_contiguous);
        let (client, device) = (scores.client.clone(), scores.device.clone());
        let [k] = chosen.meta.shape().dims();
        let empty = |shape: Shape, dtype: DType| empty_device_dtype(client.clone(), device.clone(), shape, dtype);
        let output = (
            empty(Shape::new([k, 4]), DType::F32),
            empty(Shape::new([k]), DType::F32),
            empty(Shape::new([k]), DType::I32),
        );
        chosen_boxes_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, k, WORKGROUP),
            WORKGROUP,
            InputsLaunch::new(boxes.into_tensor_arg(), scores.into_tensor_arg(), chosen.into_tensor_arg()),
            output.0.clone().into_tensor_arg(),
            output.1.clone().into_tensor_arg(),
            output.2.clone().into_tensor_arg(),
        );
        output
    }
}
