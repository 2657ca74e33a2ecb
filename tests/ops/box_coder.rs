use burn::tensor::Tensor;
use maskrcnn_web::ops::box_coder::{clip, decode, is_large};
use maskrcnn_web::structures::Size;

use crate::{Reference, devices, largest_error, values};

#[test]
fn decodes_and_clips_as_torchvision() {
    let reference = Reference::open("ops.safetensors");
    for device in devices() {
        let anchors = reference.tensor::<2>("dec.anchors", &device);
        let deltas = reference.tensor::<2>("dec.deltas", &device);
        let anchors: Tensor<2> = anchors.unsqueeze_dim::<3>(1).expand([64, 2, 4]).reshape([128, 4]);
        for (name, weights) in [("dec.rpn", [1.0; 4]), ("dec.box", [10.0, 10.0, 5.0, 5.0])] {
            let boxes = decode(deltas.clone().reshape([128, 4]), anchors.clone(), weights);
            let want = reference.floats(name);
            let largest = want.iter().fold(0.0f32, |most, value| most.max(value.abs()));
            let error = largest_error(&values(boxes.clone()), &want);
            assert!(error / largest < 1e-6, "{name} on {device:?}: {error} of {largest}");
            if name == "dec.box" {
                let error = largest_error(
                    &values(clip(boxes, Size { height: 150, width: 222 })),
                    &reference.floats("dec.box_clipped"),
                );
                assert!(error < 1e-3, "clipped on {device:?}: {error}");
            }
        }
    }
}

#[test]
fn small_boxes_are_those_with_a_short_side() {
    for device in devices() {
        let boxes =
            Tensor::<2>::from_floats([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 9.0, 0.5], [0.0, 0.0, 0.5, 9.0]], &device);
        let large = is_large(boxes, 1.0).int().into_data().convert::<i32>();
        assert_eq!(large.try_into_vec::<i32>().expect("integers"), [1, 0, 0], "on {device:?}");
    }
}
