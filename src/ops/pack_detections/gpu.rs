//! [`pack_detections`](crate::ops::pack_detections::pack_detections) on the GPU: one thread per value.

use crate::ops::gpu::workgroup::WORKGROUP;
use crate::ops::pack_detections::{HEAD, PackDetectionsBackend};
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// See [`pack_detections`](crate::ops::pack_detections::pack_detections).
#[derive(CubeType, CubeLaunch)]
struct Detections {
    boxes: OwnedTensor<f32>,
    scores: OwnedTensor<f32>,
    labels: OwnedTensor<i32>,
    masks: ComptimeOption<OwnedTensor<f32>>,
}

#[cube(launch)]
fn pack_detections_kernel(detections: &Detections, packed: &mut Tensor<f32>, scale_x: f32, scale_y: f32) {
    let boxes = &detections.boxes;
    let scores = &detections.scores;
    let labels = &detections.labels;
    let masks = &detections.masks;
    let n = scores.shape(0);
    let position = ABSOLUTE_POS;
    if position >= packed.shape(0) {
        terminate!();
    }
    let length = packed.shape(0) / n;
    let detection = position / length;
    let column = position % length;
    if column < 4 {
        let scale = select(column % 2 == 1, scale_y, scale_x);
        packed[position] = boxes[detection * 4 + column] * scale;
    } else if column == 4 {
        packed[position] = scores[detection];
    } else if column == 5 {
        packed[position] = f32::cast_from(labels[detection]);
    } else {
        // Without masks there are no such columns.
        #[comptime]
        let logit = match masks {
            ComptimeOption::Some(masks) => masks[detection * (length - HEAD) + column - HEAD],
            ComptimeOption::None => 0.0f32.runtime(),
        };
        packed[position] = 1.0f32 / (1.0f32 + f32::exp(-logit));
    }
}

impl PackDetectionsBackend for CubeBackend {
    fn pack_detections(
        boxes: CubeTensor,
        scores: CubeTensor,
        labels: CubeTensor,
        masks: CubeTensor,
        scale: [f32; 4],
    ) -> CubeTensor {
        pack(boxes, scores, labels, Some(masks), scale)
    }

    fn pack_boxes(boxes: CubeTensor, scores: CubeTensor, labels: CubeTensor, scale: [f32; 4]) -> CubeTensor {
        pack(boxes, scores, labels, None, scale)
    }
}

fn pack(
    boxes: CubeTensor,
    scores: CubeTensor,
    labels: CubeTensor,
    masks: Option<CubeTensor>,
    scale: [f32; 4],
) -> CubeTensor {
    let [boxes, scores, labels] = [boxes, scores, labels].map(into_contiguous);
    let masks = masks.map(into_contiguous);
    let (client, device) = (scores.client.clone(), scores.device.clone());
    let values = masks.as_ref().map_or(0, |masks| masks.meta.num_elements());
    let elements = scores.meta.num_elements() * HEAD + values;
    let packed = empty_device_dtype(client.clone(), device, Shape::new([elements]), DType::F32);
    pack_detections_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, elements, WORKGROUP),
        WORKGROUP,
        DetectionsLaunch::new(
            boxes.into_tensor_arg(),
            scores.into_tensor_arg(),
            labels.into_tensor_arg(),
            masks.map(|masks| masks.into_tensor_arg()).into(),
        ),
        packed.clone().into_tensor_arg(),
        scale[0],
        scale[1],
    );
    packed
}
