use burn::tensor::{Tensor, TensorData};
use maskrcnn_web::ops::roi_pooling::{Pooling, PoolingMethod, RegionPyramid, Sampling, level_scale, roi_pooling};

use crate::{Reference, devices, largest_error, values};

const fn align(size: usize, ratio: usize, aligned: bool) -> Pooling {
    Pooling { size, method: PoolingMethod::Align(Sampling { ratio, aligned }) }
}

#[test]
fn roi_align_equals_torchvision_on_every_level() {
    let reference = Reference::open("ops.safetensors");
    for device in devices() {
        let levels = [0, 1, 2, 3].map(|level| reference.tensor::<4>(&format!("ra.feat.{level}"), &device));
        let scales = levels.each_ref().map(|level| level_scale(level.dims()[2], 500));
        assert_eq!(scales, [0.25, 0.125, 0.0625, 0.03125]);
        for size in [7, 14] {
            let boxes = reference.tensor::<2>("ra.boxes", &device);
            let pyramid = RegionPyramid { levels: levels.clone(), scales };
            let got = values(roi_pooling(pyramid, boxes, align(size, 2, false)));
            let error = largest_error(&got, &reference.floats(&format!("ra.out{size}")));
            assert!(error < 1e-4, "{size}×{size} on {device:?}: {error}");
        }
    }
}

/// A pixel's value at its centre is the same as a box that lies half a pixel of its level further up and left.
#[test]
fn aligned_is_half_a_pixel_of_the_level_off() {
    let reference = Reference::open("ops.safetensors");
    // Of P2 to P5, none narrower than a pixel of its level.
    let boxes =
        [[30.2, 41.7, 60.9, 93.1], [10.0, 20.0, 150.5, 170.0], [3.0, 10.0, 250.0, 260.25], [1.0, 2.0, 470.0, 480.0]];
    let shifted: [[f32; 4]; 4] = core::array::from_fn(|level| boxes[level].map(|edge: f32| edge - (2 << level) as f32));
    for device in devices() {
        let levels = [0, 1, 2, 3].map(|level| reference.tensor::<4>(&format!("ra.feat.{level}"), &device));
        let scales = levels.each_ref().map(|level| level_scale(level.dims()[2], 500));
        let pool = |boxes: [[f32; 4]; 4], aligned: bool| {
            let boxes = Tensor::from_data(TensorData::from(boxes), &device);
            values(roi_pooling(RegionPyramid { levels: levels.clone(), scales }, boxes, align(7, 2, aligned)))
        };
        let error = largest_error(&pool(boxes, true), &pool(shifted, false));
        assert!(error < 1e-4, "{error} on {device:?}");
        assert!(largest_error(&pool(boxes, true), &pool(boxes, false)) > 1e-2);
    }
}

/// detectron2's: shifted by half a pixel, boxes smaller than a pixel, up to 19 samples a side in a cell.
#[test]
fn roi_align_equals_detectron2_on_every_level() {
    let reference = Reference::open("detectron2_roi.safetensors");
    for device in devices() {
        let levels = [0, 1, 2, 3].map(|level| reference.tensor::<4>(&format!("level.{level}"), &device));
        let scales = [0.25, 0.125, 0.0625, 0.03125];
        for size in [7, 14] {
            let boxes = reference.tensor::<2>("boxes", &device);
            let pyramid = RegionPyramid { levels: levels.clone(), scales };
            let got = values(roi_pooling(pyramid, boxes, align(size, 0, true)));
            let error = largest_error(&got, &reference.floats(&format!("out{size}")));
            assert!(error < 1e-4, "{size}×{size} on {device:?}: {error}");
        }
    }
}

#[test]
fn an_empty_box_has_no_features() {
    for device in devices() {
        let levels = [16, 8, 4, 2].map(|side| Tensor::<4>::ones([1, 3, side, side], &device));
        let boxes = Tensor::<2>::from_floats([[5.0, 5.0, 5.0, 9.0], [5.0, 5.0, 5.0, 5.0]], &device);
        let scales = [0.25, 0.125, 0.0625, 0.03125];
        let got = values(roi_pooling(RegionPyramid { levels, scales }, boxes, align(2, 0, true)));
        assert_eq!(got, vec![0.0; 2 * 3 * 4], "on {device:?}");
    }
}

#[test]
fn roi_pool_equals_torchvision_on_every_level() {
    let reference = Reference::open("roi_pool.safetensors");
    for device in devices() {
        let levels = [0, 1, 2, 3].map(|level| reference.tensor::<4>(&format!("rp.feat.{level}"), &device));
        let scales = levels.each_ref().map(|level| level_scale(level.dims()[2], 500));
        let boxes = reference.tensor::<2>("rp.boxes", &device);
        let pooling = Pooling { size: 7, method: PoolingMethod::Max };
        let got = values(roi_pooling(RegionPyramid { levels, scales }, boxes, pooling));
        assert_eq!(got, reference.floats("rp.out7"), "on {device:?}");
    }
}
