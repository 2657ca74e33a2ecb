use maskrcnn_web::ops::{roi_align::roi_align, roi_levels::level_scale};

use crate::{Reference, devices, largest_error, values};

#[test]
fn equals_torchvision_on_every_level() {
    let reference = Reference::open("ops.safetensors");
    for device in devices() {
        let levels = [0, 1, 2, 3].map(|level| reference.tensor::<4>(&format!("ra.feat.{level}"), &device));
        let scales = levels.each_ref().map(|level| level_scale(level.dims()[2], 500));
        assert_eq!(scales, [0.25, 0.125, 0.0625, 0.03125]);
        for size in [7, 14] {
            let boxes = reference.tensor::<2>("ra.boxes", &device);
            let got = values(roi_align(levels.clone(), boxes, scales, size, 2));
            let error = largest_error(&got, &reference.floats(&format!("ra.out{size}")));
            assert!(error < 1e-4, "{size}×{size} on {device:?}: {error}");
        }
    }
}
